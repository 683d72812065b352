import type { Policy } from "../augment/policy.js";
import type { Collective } from "../engine/collective.js";
import type * as tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";
import type { ARCHITECTURES } from "../nn/registry.js";
import type { Features, ForwardContext, Network, ParameterSpec } from "../nn/types.js";
import type { OPTIMIZERS } from "../optimizers/registry.js";
import type { CoreSettings } from "../settings/core-settings.js";
import type { SettingsOf } from "../settings/registry.js";
import type { SettingTable, ValuesOf } from "../settings/setting.js";
import type { RecipeName } from "../settings/training-settings.js";

/**
 * A way to train an encoder: one file, and one line in registry.ts. Its settings become flags, help, config.json, the
 * checkpoint's identity and the report's table; nothing about a method stands anywhere else.
 */
export interface Method<S extends SettingTable = SettingTable> {
  readonly name: string;
  /** One line: name, source, what it does. */
  readonly summary: string;
  /** Settings that it reads, beside those of every training. Methods that share one share the object. */
  readonly settings: S;
  /** What settings are where flags, files and presets are silent; its own as well as those of every training. */
  readonly defaults: Defaults<S>;
  /** The same for a size of data: stronger than `defaults`. */
  readonly recipes?: Readonly<Partial<Record<RecipeName, Defaults<S>>>>;
  /**
   * Whether the last values of a training say that the encoder has collapsed in a way of this method: what is wrong, as the rest of
   * a sentence ("the loss has stayed at ln(4096) = 8.318, that of a teacher that tells nothing"), or null. It is asked when the
   * first fifth of the training is over, beside the spread of the representation, which is watched for every method.
   *
   * @param last loss and metrics by name, as in metrics.jsonl; a metric that was not finite is missing
   */
  collapse?(
    last: { readonly loss: number; readonly metrics: Readonly<Record<string, number>> },
    settings: ValuesOf<S>,
  ): string | null;
  /**
   * false: its loss cannot be small where all images have the same representation, and need not keep apart what is pooled (pixels are
   * painted out of the patches' tokens), so that the spread of the representation is no sign of a collapse.
   */
  readonly collapses?: false;
  /** Metrics that its loss gives, by name, with a sentence for the report. */
  readonly metrics?: Readonly<Record<string, string>>;
  /** Whether it learns from the classes of the images; those without one are refused. */
  readonly labels?: boolean;
  /**
   * What the numbers of `Needs.noise` mean for one image, as JSON, for `sslmem views --purpose train`: the patches that are kept, in
   * their order, or the blocks, so that anybody can compute the loss. Left out: the numbers themselves.
   *
   * @param noise float32 [n] in [0, 1) for each of `Needs.noise`, of one image
   */
  describeNoise?(
    noise: Readonly<Record<string, Float32Array>>,
    settings: ValuesOf<S>,
    network: Network,
  ): Readonly<Record<string, unknown>>;
  /**
   * What of the data a step must bring.
   *
   * @param network the encoder's, as it is built for the images: how many tokens it has
   * @param policy that the views are drawn by: how many groups it has, and of what size
   */
  needs(settings: ValuesOf<S>, network: Network, policy: Policy): Needs;
  /**
   * Arrays and loss for one encoder.
   *
   * @throws SslMemError USAGE for settings that it cannot work with
   */
  build(given: Given, settings: ValuesOf<S>, kit: Kit): Objective;
}

/** Settings that a method would rather have otherwise than their own defaults. */
export type Defaults<S = Record<never, never>> = Partial<CoreSettings> &
  Partial<ValuesOf<SettingsOf<typeof ARCHITECTURES>>> &
  Partial<ValuesOf<SettingsOf<typeof OPTIMIZERS>>> &
  Partial<ValuesOf<S>>;

/** What of the data a step must bring. */
export interface Needs {
  /** Views of each image: groups of the policy, and how many of each. The only truth about how many views there are. */
  readonly views: readonly { readonly group: number; readonly count: number }[];
  /** Uniform numbers in [0, 1) for each image, drawn by counter like the views: name → how many. */
  readonly noise?: Readonly<Record<string, number>>;
}

/** What an objective is built for. */
export interface Given {
  /** The encoder, as it is built for the images: its patches. */
  readonly network: Network;
  /** Length of the encoder's pooled representation. */
  readonly dim: number;
  /** The encoder's parameters: what a teacher has copies of. */
  readonly encoder: readonly ParameterSpec[];
  /** Classes of the images; 0 where the method needs no labels. */
  readonly classes: number;
  /** Images that one call of the loss sees in this process: --batch, divided by --accumulate where a step is measured in parts. */
  readonly batch: number;
  /** Passes over the images: what a schedule in epochs must leave room in. */
  readonly epochs: number;
  /** Other processes that train this encoder: a loss that compares images gathers their rows. */
  readonly collective: Collective;
}

/** What a method does with one encoder: its arrays, its loss, what happens after a step. */
export interface Objective {
  /** Learned arrays beside the encoder's, never read by scoring. Names begin with `projector.`, `predictor.` or `head.`. */
  readonly parameters: readonly ParameterSpec[];
  /** Arrays that no gradient changes: a teacher, a centre, a queue. Names begin with `state.`. */
  readonly state?: readonly StateSpec[];
  /** Parameters that are treated in a way of their own; the first rule that matches holds. */
  readonly rules?: readonly ParameterRule[];
  /**
   * The loss is a mean of one term for each image, which no other image of the step is in but by batch statistics: what private training
   * needs, and what a step that is measured in parts (--accumulate) has the gradient of the whole by.
   */
  readonly sampleWise?: true;
  /** What is scored: the state's copy of the encoder under this prefix ("state.teacher."); absent: the trained encoder. */
  readonly exports?: string;
  /** Numbers that change with the step; the loss reads them as scalars, so that a recorded step stays valid. */
  readonly schedules?: Readonly<Record<string, Schedule>>;
  /** Loss and metrics of one batch; reads nothing back and changes nothing. */
  loss(batch: Batch, nets: Nets, at: Scalars): Outcome;
  /** After the update of a step: changes arrays of `state`. @param carry the outcome's @param at the schedules' numbers */
  after?(nets: Nets, carry: tf.NamedTensorMap, at: Readonly<Record<string, number>>): void;
}

/** The images of one step. */
export interface Batch {
  /** float32 [images · count, height, width, 3], one for each of `Needs.views`; image-major: the views of one image stand side by side */
  readonly views: readonly [tf.Tensor4D, ...tf.Tensor4D[]];
  /** int32 [images], in [0, classes); empty unless `Method.labels` asks for them */
  readonly labels: tf.Tensor1D;
  /** float32 [images, n] in [0, 1) for each of `Needs.noise` */
  readonly noise: Readonly<Record<string, tf.Tensor2D>>;
}

/** What a loss may call within one step. */
export interface Nets {
  /**
   * Features of views: float32 [n, height, width, 3]; several views of an image stand side by side, as in `Batch`, since the
   * encoder's random numbers are dealt out image by image.
   *
   * @param options.arrays prefix of the arrays to encode with, of the objective's state ("state.teacher."); "" (default) for the
   *   encoder itself
   * @param options.keep int32 [n, kept]: the patch tokens of each view that the network sees, by place; default: all. Networks
   *   without tokens refuse it
   */
  encode(views: tf.Tensor4D, options?: { arrays?: string; keep?: tf.Tensor2D }): Features;
  /** The method's own parameters and state, by name. */
  readonly head: ForwardContext;
}

/** Numbers of the step, float32 scalars, by the names of `Objective.schedules`. */
export type Scalars = Readonly<Record<string, tf.Scalar>>;

/** What a training step minimises, and what it logs. */
export interface Outcome {
  /** float32 scalar */
  readonly loss: tf.Scalar;
  /** float32 scalars by name; no gradient flows through them */
  readonly metrics?: Readonly<Record<string, tf.Scalar>>;
  /**
   * For `after`: float32 tensors by name, through which no gradient flows. The first axis is of rows: where a step is measured in
   * parts or by several processes, `after` sees the rows of all of them, in order. Of a mean that is one row each, [1, …].
   */
  readonly carry?: tf.NamedTensorMap;
}

/** Where a training stands. */
export interface Moment {
  /** from 0 */
  readonly step: number;
  /** in all */
  readonly steps: number;
  /** passes done */
  readonly epoch: number;
  /** passes in all */
  readonly epochs: number;
}

/** A number as a function of the step. */
export type Schedule = (at: Moment) => number;

/** An array that no gradient changes. */
export interface StateSpec extends ParameterSpec {
  /** Name of the parameter that it equals before the first step: a teacher is a copy of the student. */
  readonly copyOf?: string;
}

/** How some parameters are treated. */
export interface ParameterRule {
  matches(parameter: ParameterSpec): boolean;
  /** Learning rate. @param scheduled that of the other parameters at this step @param peak the largest of them */
  rate?(scheduled: number, peak: number, at: Moment): number;
  /** Weight decay. @param own what it would have: 0 for biases and normalisations @param all the setting */
  decay?(own: number, all: number, at: Moment): number;
  /** Whether LARS adapts their rate; where it is left out, that of what would be decayed. */
  readonly adapt?: boolean;
  /** For how many steps, from the first one, they stay as they are; the optimiser's own count of steps begins after them. */
  frozenSteps?(at: Moment): number;
}

/** Declares a method; exists so that its settings' types are inferred. */
export function method<const S extends SettingTable>(definition: Method<S>): Method<S> {
  return definition;
}
