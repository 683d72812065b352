import type { Collective } from "../../engine/collective.js";
import type { Recorder } from "../../engine/recorder.js";
import type * as tf from "../../engine/tf.js";
import type { Batch, Method, Objective, Scalars } from "../../methods/types.js";
import type { Undeclared } from "../contract.js";
import type { WeightedNetwork } from "../network.js";

/** What was measured, on the engine's device. */
export interface Values {
  /** float32 scalar */
  readonly loss: tf.Tensor;
  /** float32 scalars */
  readonly metrics: Readonly<Record<string, tf.Tensor>>;
  /** With rows on the first axis; see Outcome.carry. */
  readonly carry: Readonly<tf.NamedTensorMap>;
  /** Of every learned array, in the model's order. */
  readonly gradients: readonly tf.Tensor[];
  /** Name of a normalisation, mean and variance of a batch, in the order of the passes. */
  readonly statistics: readonly (readonly [string, tf.Tensor, tf.Tensor])[];
}

/** What a batch says to a model. */
export interface Measured extends Values {
  /** Frees what is the caller's. */
  release(): void;
}

/** Loss and gradients of a batch: reads nothing back and changes nothing. */
export interface Measure {
  /**
   * @param at numbers of the step: a recording holds none that change, so they come as tensors
   * @returns tensors that are kept until they are released, or until the next call
   */
  of(batch: Batch, at: Scalars): Measured;
  dispose(): void;
}

/** What a measurement is made for. */
export interface Measuring {
  /** For errors, and for the metrics that it declares. */
  readonly method: Pick<Method, "name" | "metrics">;
  readonly undeclared: Undeclared;
  readonly network: WeightedNetwork;
  readonly objective: Objective;
  /** Learned arrays, in the model's order. */
  readonly learned: readonly tf.Variable[];
  /** Records the measurement of a part once, to start it as one from then on; null: step by step. */
  readonly recorder: Recorder | null;
  /** Equal parts in which a batch is measured, one after the other. */
  readonly parts: number;
  readonly collective: Collective;
}

/** A way to measure by another one: the same measure where nothing is to be done. One file, and one line in compose.ts. */
export type MeasureRule = (measure: Measure, given: Measuring) => Measure;
