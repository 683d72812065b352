import type * as tf from "../engine/tf.js";
import type { Pooling } from "../settings/poolings.js";
import type { Initial } from "./initial.js";
import type { StoredTensor } from "./safetensors.js";

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
  /**
   * Makes the array out of one of another shape in a file from elsewhere: position embeddings of another image size. Absent:
   * another shape is an error.
   *
   * @param shape what the array must have, in the file's layout
   * @throws SslMemError DATA for a shape that it cannot be made of
   */
  fit?(stored: StoredTensor, shape: readonly number[]): StoredTensor;
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
  /** int32 [n, kept]: the patch tokens of each image that are looked at, by place; all where it is left out. */
  keep?: tf.Tensor2D;
  /** Arrays that hang on no weight, by name, made at first need and kept; whoever gives it disposes. */
  constants?: Map<string, tf.Tensor>;
  /** float32 [n, Network.noise] in [0, 1), for training; without them nothing is drawn. */
  noise?: tf.Tensor2D;
  /** Receives each batch normalisation's batch statistics in training; both [channels], variance unbiased. */
  onStatistics?: (name: string, mean: tf.Tensor1D, variance: tf.Tensor1D) => void;
  /** Receives the output of each named layer: float32 [n, …, units], units (channels, neurons) on the last axis. */
  onLayer?: (layer: string, output: tf.Tensor) => void;
  /** Folded filters by the convolution's name, made at the first pass in inference and kept; whoever gives it disposes. */
  folds?: Map<string, FoldedFilter>;
}

/** The images that a network is built for. */
export interface ImageShape {
  /** Side, pixels. */
  readonly size: number;
  readonly channels: 3;
}

/** An architecture built for images of one size: its arrays and what it computes. */
export interface Network {
  /** What it was built for. */
  readonly image: ImageShape;
  readonly parameters: readonly ParameterSpec[];
  /**
   * Layers whose output can be captured instead of the representation, from input to output. `forward` hands each of
   * them to `onLayer` exactly once, in this order.
   */
  readonly layers: readonly string[];
  /**
   * Depth of a parameter, from 0 for the first layer: what --layer-decay goes by. Left out: by the names of its blocks
   * (blocks.3, layer2.0); see depthsOf.
   */
  depth?(parameter: string): number;
  /** Length of the pooled representation and of a token. */
  readonly dim: number;
  /** Whether its features have a map. */
  readonly map?: boolean;
  /** Of networks whose features have tokens: whether the first one is a class token. */
  readonly tokens?: { readonly classToken: boolean };
  /** Uniform numbers that training draws for one view: stochastic depth. None where it is left out. */
  readonly noise?: number;
  /** What is scored where --pooling is auto; "pooled" where it is left out. */
  readonly scored?: Pooling;
  /**
   * float32 values that a training step keeps for one view of that size (pixels): outputs of convolutions, normalisations and
   * ReLUs, say. For estimates of memory.
   */
  activations(view: { readonly height: number; readonly width: number }): number;
  /** @param x float32 [n, height, width, 3], normalised; of another size than the network's where views are cropped smaller */
  forward(x: tf.Tensor4D, context: ForwardContext): Features;
}

/** What an encoder makes of n views. */
export interface Features {
  /** float32 [n, dim]: what heads, linear probes and kNN work with. */
  readonly pooled: tf.Tensor2D;
  /** float32 [n, tokens, dim], class token first where there is one. */
  readonly tokens?: tf.Tensor3D;
  /** float32 [n, height, width, channels]: the last map, before it is pooled. */
  readonly map?: tf.Tensor4D;
}

/** A trained encoder, ready for inference. */
export interface Encoder {
  /** Of its weights, for errors: the path of their file. */
  readonly name: string;
  /** Length of an output of `embed` for the image size that the network was built for. */
  readonly dim: number;
  /** x float32 [n, height, width, 3], normalised → float32 [n, dim]; a captured layer is flattened. The caller disposes. */
  embed(x: tf.Tensor4D): tf.Tensor2D;
  /**
   * One pass in inference that hands over the output of every named layer of the network, in its order, and the
   * representation as the last one, named REPRESENTATION. The tensors, float32 [n, …, units], live during the call of
   * `visit` only.
   */
  visitLayers(x: tf.Tensor4D, visit: (layer: string, output: tf.Tensor) => void): void;
  dispose(): void;
}

/** The name under which an encoder's output stands beside its layers' names. */
export const REPRESENTATION = "representation";
