import type * as tf from "../engine/tf.js";
import type { Initial } from "./initial.js";

/** How a PyTorch file holds an array: a filter as [out, in, height, width], a matrix as [out, in], others as they are here. */
export type Layout = "filter" | "matrix" | "same";

/** One named array of a network. */
export interface ParameterSpec {
  /** PyTorch's name (`layer1.0.conv1.weight`). */
  readonly name: string;
  /** Shape in TensorFlow.js' layout: filter [height, width, in, out], matrix [in, out], others [channels]. */
  readonly shape: readonly number[];
  readonly layout: Layout;
  readonly initial: Initial;
  /** Whether gradients change it; running statistics are not learned. */
  readonly isLearned: boolean;
  /** Whether weight decay holds for it, where the method has no rule: filters and matrices. */
  readonly isDecayed: boolean;
  /** Its least possible value, for the check of files: 0 for variances. */
  readonly least?: number;
}

/** Arrays of a network by name, in TensorFlow.js' layout. */
export type Weights = ReadonlyMap<string, tf.Variable>;

/** A convolution's filter and bias with the batch normalisation behind it folded in. */
export interface FoldedFilter {
  /** float32 [size, size, in, out] */
  filter: tf.Tensor4D;
  /** float32 [out] */
  bias: tf.Tensor1D;
}

/** What a forward pass works with. */
export interface ForwardContext {
  weights: Weights;
  /** Batch statistics (training) or running statistics (inference). */
  training: boolean;
  /** Receives each batch normalisation's batch statistics in training; both [channels], variance unbiased. */
  onStatistics?: (name: string, mean: tf.Tensor1D, variance: tf.Tensor1D) => void;
  /** Receives the output of each named layer: float32 [n, …, units], units (channels, neurons) on the last axis. */
  onLayer?: (layer: string, output: tf.Tensor) => void;
  /** Folded filters by the convolution's name, made at the first pass in inference and kept; whoever gives it disposes. */
  folds?: Map<string, FoldedFilter>;
}

/** A registered encoder architecture. */
export interface Architecture {
  readonly name: string;
  readonly summary: string;
  /** Length of the representation. */
  readonly dim: number;
  /**
   * Layers whose output can be captured instead of the representation, from input to output. `forward` hands each of
   * them to `onLayer` exactly once, in this order.
   */
  readonly layers: readonly string[];
  /** Smallest image side, pixels. */
  readonly minimumImageSize: number;
  /**
   * float32 values that a training step keeps for each view of 32 by 32 pixels: convolution, normalisation and ReLU
   * outputs. Grows with the area of the view; for estimates of memory.
   */
  readonly activationsAt32: number;
  readonly parameters: readonly ParameterSpec[];
  /** x float32 [n, height, width, 3], normalised → representation float32 [n, dim]. */
  forward(x: tf.Tensor4D, context: ForwardContext): tf.Tensor2D;
}

/** A trained encoder, ready for inference. */
export interface Encoder {
  readonly arch: string;
  /** Of its weights, for errors: the path of their file. */
  readonly name: string;
  /** The captured layer, or null for the representation. */
  readonly layer: string | null;
  /** Length of the output for the image size it was last given; the architecture's for representations. */
  readonly dim: number;
  /** x float32 [n, height, width, 3], normalised → float32 [n, dim]; a captured map is flattened. The caller disposes. */
  embed(x: tf.Tensor4D): tf.Tensor2D;
  /**
   * One pass in inference that hands over the output of every named layer of the architecture, in its order, and the
   * representation as the last one, named REPRESENTATION. The tensors, float32 [n, …, units], live during the call of
   * `visit` only.
   */
  visitLayers(x: tf.Tensor4D, visit: (layer: string, output: tf.Tensor) => void): void;
  dispose(): void;
}

/** The name under which an encoder's output stands beside its layers' names. */
export const REPRESENTATION = "representation";
