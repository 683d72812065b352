import * as tf from "../tf.js";
import type { Precision } from "../types.js";
import type { TorchBackend } from "./backend.js";
import { BACKEND, register } from "./kernels/register.js";

const torch = () => tf.backend() as unknown as TorchBackend;
const only = (dy: tf.Tensor | tf.Tensor[]): tf.Tensor => (Array.isArray(dy) ? dy[0] : dy) as tf.Tensor;

/** Whether TensorFlow.js runs on the torch engine in this thread, whose kernels (native/torch) can then be called by name. */
export const onTorch = (): boolean => tf.getBackend() === BACKEND;

/** Whether the engine that runs has a kernel of ours. */
export const hasKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Runs work on this thread's backend in another precision than its own. */
export const withPrecision = <T>(precision: Precision, work: () => T): T =>
  torch().withPrecision(precision, work);

/** Gives a variable memory of its own where a clone shares it, before it is written to in place. */
export function refresh(variables: readonly tf.Variable[]): void {
  for (const variable of variables) {
    if (torch().refCount(variable.dataId) > 1) tf.tidy(() => variable.assign(tf.mul(variable, 1)));
  }
}

/** Runs a native kernel outside of TensorFlow.js' tape, as gradients do. */
export function runNative(
  name: string,
  inputs: readonly (tf.TensorInfo | null)[],
  attributes: Record<string, unknown> = {},
): tf.Tensor[] {
  return torch()
    .run(name, inputs, attributes)
    .map(({ dataId, shape, dtype }) => tf.engine().makeTensorFromDataId(dataId, shape, dtype));
}

/** Name of the kernel that batch normalisation, residual and ReLU are one pass of; the torch engine alone has it. */
export const BATCH_NORM_ACTIVATION = "SslMemBatchNormActivation";

/** Registers our fused kernels (src/engine/ops) for the torch engine, with the gradients that are its own. */
export function registerTorchFused(): void {
  registerMore();
  register("SslMemRelu", ({ x }, _, backend) => backend.one("SslMemRelu", [x as tf.TensorInfo]));
  register(BATCH_NORM_ACTIVATION, ({ x, gamma, beta, residual }, attributes, backend) =>
    backend.run(
      "SslMemBatchNormTraining",
      [x as tf.TensorInfo, gamma as tf.TensorInfo, beta as tf.TensorInfo, residual ?? null],
      attributes,
    ),
  );
  tf.registerGradient({
    kernelName: BATCH_NORM_ACTIVATION,
    inputsToSave: ["x", "gamma"],
    outputsToSave: [true, true, false, true],
    gradFunc: (dy, saved, attributes) => {
      const { activate, residual } = attributes as unknown as { activate: boolean; residual: boolean };
      const [x, gamma, y, mean, invstd] = saved as tf.Tensor[];
      // Run once, here: each closure below is called in a tidy of its own, which would dispose of the others' results.
      const [dx, dgamma, dbeta, dresidual] = runNative(
        "SslMemBatchNormTrainingGrad",
        [only(dy), x, gamma, mean, invstd, activate ? y : null] as (tf.Tensor | null)[],
        { activate, residual },
      ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const gradients = { x: () => dx, gamma: () => dgamma, beta: () => dbeta };
      return residual ? { ...gradients, residual: () => dresidual } : gradients;
    },
  });
}

/** Registers a kernel with one gradient call for all of its inputs. @param saved which outputs the gradient needs */
function registerWithGradient(
  name: string,
  inputNames: readonly string[],
  saved: { inputs: string[]; outputs: boolean[] },
  gradient: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[],
): void {
  register(name, (inputs, attributes, backend) =>
    backend.run(
      name,
      inputNames.map((input) => inputs[input] as tf.TensorInfo),
      attributes,
    ),
  );
  tf.registerGradient({
    kernelName: name,
    inputsToSave: saved.inputs,
    outputsToSave: saved.outputs,
    gradFunc: (dy, kept) => {
      const gradients = gradient(only(dy), kept as tf.Tensor[]);
      return Object.fromEntries(inputNames.map((input, i) => [input, () => gradients[i] as tf.Tensor]));
    },
  });
}

function registerMore(): void {
  registerWithGradient("SslMemNtXent", ["z"], { inputs: [], outputs: [false, true, false] }, (dy, [dz]) => [
    tf.mul(dy, dz as tf.Tensor),
  ]);
  registerWithGradient(
    "SslMemLayerNorm",
    ["x", "gamma", "beta"],
    { inputs: ["x", "gamma"], outputs: [false, true, true] },
    (dy, saved) => runNative("SslMemLayerNormGrad", [dy, ...saved]),
  );
  registerWithGradient("SslMemGelu", ["x"], { inputs: ["x"], outputs: [] }, (dy, saved) =>
    runNative("SslMemGeluGrad", [dy, ...saved]),
  );
  registerWithGradient(
    "SslMemAttention",
    ["q", "k", "v"],
    { inputs: ["q", "k", "v"], outputs: [true, true] },
    (dy, saved) => runNative("SslMemAttentionGrad", [dy, ...saved]),
  );
}

/** Gradient of SslMemRelu. */
export const reluGradient = (dy: tf.Tensor | tf.Tensor[], y: tf.Tensor): tf.Tensor =>
  runNative("SslMemReluGrad", [only(dy), y])[0] as tf.Tensor;
