import { matMul32 } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { valuesOnce } from "../engine/values-once.js";
import type { Evaluation } from "./lbfgs.js";

/** A linear classifier: logits x W + b. */
export interface LinearClassifier {
  /** [dim, classes], row by row */
  weights: Float64Array;
  /** [classes] */
  bias: Float64Array;
}

/** Representations and their classes, 0 … classes − 1, in the engine's memory. */
export interface LinearData {
  /** float32 [n, dim] */
  x: tf.Tensor2D;
  /** float32 [n, classes], 1 at the class */
  target: tf.Tensor2D;
}

/** Puts representations into the engine's memory. The caller disposes of both tensors. */
export function linearData(
  values: Float32Array,
  dim: number,
  labels: ArrayLike<number>,
  classes: number,
): LinearData {
  const target = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) target[i * classes + (labels[i] as number)] = 1;
  return {
    x: tf.tensor2d(values, [labels.length, dim]),
    target: tf.tensor2d(target, [labels.length, classes]),
  };
}

/** The classifier whose parameters lie in one array: W, then b. */
export function unpack(parameters: Float64Array, dim: number): LinearClassifier {
  const classes = parameters.length / (dim + 1);
  return { weights: parameters.subarray(0, dim * classes), bias: parameters.subarray(dim * classes) };
}

/** Logits float32 [n, classes]. The caller disposes, or a tidy around it does. */
export function logits(x: tf.Tensor2D, { weights, bias }: LinearClassifier): tf.Tensor2D {
  return tf.tidy(() => {
    const w = tf.tensor2d(Float32Array.from(weights), [x.shape[1], bias.length]);
    return tf.add(matMul32(x, w), tf.tensor1d(Float32Array.from(bias))) as tf.Tensor2D;
  });
}

/**
 * Mean cross entropy of softmax(x W + b) plus λ/2 · ‖W‖², and its gradient: the objective of scikit-learn's
 * LogisticRegression divided by C n, with λ = 1 / (C n). The bias is not penalised. Products are the engine's float32,
 * sums over them float64.
 *
 * @param parameters W [dim, classes] row by row, then b [classes]
 */
export function softmaxLoss({ x, target }: LinearData, lambda: number, parameters: Float64Array): Evaluation {
  const [n, dim] = x.shape;
  const classifier = unpack(parameters, dim);
  const tensors = tf.tidy(() => {
    const z = logits(x, classifier);
    const losses = tf.sub(tf.logSumExp(z, 1), tf.sum(tf.mul(z, target), 1));
    const error = tf.div(tf.sub(tf.softmax(z), target), n) as tf.Tensor2D;
    return [losses, matMul32(x, error, true), tf.sum(error, 0)];
  });
  const [losses, weights, bias] = tensors.map((tensor) => tensor.dataSync()) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  tf.dispose(tensors);
  let value = 0;
  for (const loss of losses) value += loss / n;
  const gradient = new Float64Array(parameters.length);
  gradient.set(weights);
  gradient.set(bias, weights.length);
  for (const [i, w] of classifier.weights.entries()) {
    value += (lambda / 2) * w * w;
    gradient[i] = (gradient[i] as number) + lambda * w;
  }
  return { value, gradient };
}

/** Share of rows whose class has the largest logit, in [0, 1]; ties go to the smaller class. */
export function linearAccuracy(
  x: tf.Tensor2D,
  labels: ArrayLike<number>,
  classifier: LinearClassifier,
): number {
  const found = valuesOnce(() => tf.argMax(logits(x, classifier), 1));
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (found[i] === labels[i]) right += 1;
  return right / labels.length;
}
