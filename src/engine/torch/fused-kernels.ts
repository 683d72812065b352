import {
  BATCH_NORM,
  BATCH_NORM_ACTIVATION,
  LINEAR,
  RELU,
  RELU_GRADIENT,
  runNative,
  SELF_ATTENTION,
} from "../ops/kernels.js";
import * as tf from "../tf.js";
import { register } from "./kernels/register.js";

const only = (dy: tf.Tensor | tf.Tensor[]): tf.Tensor => (Array.isArray(dy) ? dy[0] : dy) as tf.Tensor;

/** Registers our fused kernels (src/engine/ops) for the torch engine, with the gradients that are its own. */
export function registerTorchFused(): void {
  registerMore();
  register(RELU, ({ x }, _, backend) => backend.one(RELU, [x as tf.TensorInfo]));
  register(RELU_GRADIENT, ({ dy, y }, _, backend) =>
    backend.one(RELU_GRADIENT, [dy as tf.TensorInfo, y as tf.TensorInfo]),
  );
  register(BATCH_NORM_ACTIVATION, ({ x, gamma, beta, residual }, attributes, backend) =>
    backend.run(
      BATCH_NORM,
      [x as tf.TensorInfo, gamma as tf.TensorInfo, beta as tf.TensorInfo, residual ?? null],
      attributes,
    ),
  );
  tf.registerGradient({
    kernelName: BATCH_NORM_ACTIVATION,
    inputsToSave: ["x", "gamma"],
    outputsToSave: [true, true, false, true],
    gradFunc: (dy, saved, attributes) => {
      const { activate, residual } = attributes as { activate: boolean; residual: boolean };
      const [x, gamma, y, mean, invstd] = saved as tf.Tensor[];
      // Run once, here: each closure below is called in a tidy of its own, which would dispose of the others' results.
      const [dx, dgamma, dbeta, dresidual] = runNative(
        `${BATCH_NORM}Grad`,
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
  gradient: (dy: tf.Tensor, saved: tf.Tensor[], attributes: Record<string, unknown>) => tf.Tensor[],
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
    gradFunc: (dy, kept, attributes) => {
      const gradients = gradient(only(dy), kept as tf.Tensor[], attributes as Record<string, unknown>);
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
  registerWithGradient(
    SELF_ATTENTION,
    ["qkv"],
    { inputs: ["qkv"], outputs: [true, true] },
    (dy, saved, attributes) => runNative(`${SELF_ATTENTION}Grad`, [dy, ...saved], attributes),
  );
  registerWithGradient(LINEAR, ["x", "w", "bias"], { inputs: ["x", "w"], outputs: [] }, (dy, saved) =>
    runNative(`${LINEAR}Grad`, [dy, ...saved]),
  );
}
