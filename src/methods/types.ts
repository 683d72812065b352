import type * as tf from "../engine/tf.js";
import type { ForwardContext, ParameterSpec } from "../nn/types.js";

/** Settings that a method reads. Every value that changes the loss is in here, and in the checkpoint's configuration. */
export interface MethodSettings {
  /** Temperature of a contrastive loss, > 0. */
  temperature: number;
  /** Width of the hidden layer of the projector; null for the encoder's. */
  projectorHidden: number | null;
  /** Length of the projection, >= 1. */
  projectorDim: number;
  /** Whether the projector's hidden layer is batch-normalised. */
  projectorNorm: boolean;
}

/** What a method may call within one training step. */
export interface MethodModel {
  /** Representations of a batch of views: float32 [n, height, width, 3] → [n, dim]. */
  encode(views: tf.Tensor4D): tf.Tensor2D;
  /** The method's own parameters, by the names of `headParameters`. */
  head: ForwardContext;
  settings: MethodSettings;
}

/** What a training step minimises, and what it logs. */
export interface MethodLoss {
  /** float32 scalar. */
  loss: tf.Scalar;
  /** Share of right answers in the method's own task, 0 to 1; null where it has none. Carries no gradient. */
  accuracy: tf.Scalar | null;
}

/** A registered self-supervised method: its views, its head, its loss. */
export interface Method {
  readonly name: string;
  readonly summary: string;
  /** Views of each image, for each of the policy's view groups that the method uses, in their order. */
  readonly views: readonly number[];
  /** Throws SslMemError USAGE for settings that it cannot work with. @param batch images per step */
  check(settings: MethodSettings, batch: number): void;
  /** Parameters beside the encoder's, for representations of length `dim`. Names begin with `projector.` or `head.`. */
  headParameters(dim: number, settings: MethodSettings): ParameterSpec[];
  /**
   * Loss of one batch.
   *
   * @param groups one float32 [images · views, height, width, 3] for each view group; image-major: the views of one
   *   image stand side by side
   */
  loss(groups: tf.Tensor4D[], model: MethodModel): MethodLoss;
}
