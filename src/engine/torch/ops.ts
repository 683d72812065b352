import * as tf from "../tf.js";
import type { TorchBackend } from "./backend.js";
import { BACKEND, register } from "./kernels/register.js";

const torch = () => tf.backend() as unknown as TorchBackend;
const only = (dy: tf.Tensor | tf.Tensor[]): tf.Tensor => (Array.isArray(dy) ? dy[0] : dy) as tf.Tensor;

/** Whether TensorFlow.js runs on the torch engine in this thread. */
export const onTorch = (): boolean => tf.getBackend() === BACKEND;

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

/** Gradient of SslMemRelu. */
export const reluGradient = (dy: tf.Tensor | tf.Tensor[], y: tf.Tensor): tf.Tensor =>
  runNative("SslMemReluGrad", [only(dy), y])[0] as tf.Tensor;
