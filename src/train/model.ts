import { movingAverageUpdate } from "../engine/ops/index.js";
import type { Recorder } from "../engine/recorder.js";
import * as tf from "../engine/tf.js";
import { getMethod } from "../methods/registry.js";
import {
  disposeWeights,
  exportWeights,
  getArchitecture,
  importWeights,
  initialWeights,
  isTrainable,
  matchExactly,
  type StoredTensor,
} from "../nn/index.js";
import { tensorOf, type ViewBatch } from "../views/index.js";
import { makeOptimizer, type Optimizer } from "./optimizer.js";
import { type Measured, RecordedMeasurement } from "./recorded.js";
import type { TrainRecipe } from "./types.js";

/** Share of a batch's statistics in the running ones, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

/** What a step measured. */
export interface StepResult {
  loss: number;
  accuracy: number | null;
}

/** An encoder with its head and optimiser: everything that a training step changes. */
export class TrainingModel {
  readonly #recipe: TrainRecipe;
  readonly #weights: Map<string, tf.Variable>;
  readonly #optimizer: Optimizer;
  readonly #specs;

  /**
   * @param stored the arrays of a checkpoint to go on from: exactly those of encoder and head; null: initial values
   * @param recorder records a step's measurement once, to start it as one from then on; null: eagerly
   * @param whose the checkpoint, for errors
   */
  constructor(
    recipe: TrainRecipe,
    stored: ReadonlyMap<string, StoredTensor> | null,
    recorder: Recorder | null = null,
    whose = "the checkpoint",
  ) {
    this.#recipe = recipe;
    const architecture = getArchitecture(recipe.architecture);
    this.#specs = [
      ...architecture.parameters,
      ...getMethod(recipe.method).headParameters(architecture.dim, recipe),
    ];
    this.#weights =
      stored === null
        ? initialWeights(this.#specs, recipe.seed)
        : importWeights(this.#specs, matchExactly(this.#specs, stored, whose, recipe.architecture));
    const trainable = this.#specs.filter(({ kind }) => isTrainable(kind));
    const variables = new Map(trainable.map(({ name }) => [name, this.#weights.get(name) as tf.Variable]));
    const decays = new Set(
      trainable.filter(({ kind }) => kind === "conv" || kind === "linear").map(({ name }) => name),
    );
    this.#optimizer = makeOptimizer(variables, decays, recipe);
    this.#variables = variables;
    this.#recorded =
      recorder === null
        ? null
        : new RecordedMeasurement(recorder, [...variables.values()], (views) => this.#measure(views));
  }
  readonly #recorded: RecordedMeasurement | null;
  readonly #variables: ReadonlyMap<string, tf.Variable>;

  /**
   * One step. Nothing is left behind but the changed variables; when the loss is not finite they are not changed.
   *
   * @param groups views [images · views, size, size, 3], one batch for each view group of the method; left to the caller
   */
  step(groups: readonly ViewBatch[], learningRate: number, step: number): StepResult {
    let result: StepResult = { loss: Number.NaN, accuracy: null };
    tf.tidy(() => {
      const views = groups.map((group) => tensorOf(group));
      const measured = this.#recorded?.of(views) ?? { ...this.#measure(views), owned: true };
      const { gradients, statistics } = measured;
      const loss = measured.loss.dataSync()[0] as number;
      const accuracy = (measured.accuracy?.dataSync()[0] as number | undefined) ?? null;
      if (Number.isFinite(loss)) {
        const names = [...this.#variables.keys()];
        const named = Object.fromEntries(names.map((name, i) => [name, gradients[i] as tf.Tensor]));
        this.#optimizer.apply(named, learningRate, step);
        this.#updateStatistics(statistics);
      }
      if (measured.owned) {
        tf.dispose([
          measured.loss,
          ...gradients,
          ...statistics.flatMap(([, mean, variance]) => [mean, variance]),
        ]);
        measured.accuracy?.dispose();
      }
      result = { loss, accuracy };
    });
    return result;
  }

  /** Loss and gradients of a batch, and its statistics; nothing is read back or changed. The tensors are kept. */
  #measure(views: tf.Tensor4D[]): Measured {
    const statistics: [string, tf.Tensor, tf.Tensor][] = [];
    let accuracy: tf.Scalar | null = null;
    // variableGrads names gradients by the variables' own names, which are not ours.
    const variables = [...this.#variables.values()];
    const { value, grads } = tf.variableGrads(() => {
      const outcome = this.#loss(views, (name, mean, variance) =>
        statistics.push([name, tf.keep(mean), tf.keep(variance)]),
      );
      accuracy = outcome.accuracy === null ? null : tf.keep(outcome.accuracy);
      return outcome.loss;
    }, variables);
    const gradients = variables.map(({ name }) => tf.keep(grads[name] as tf.Tensor));
    return { loss: tf.keep(value), accuracy, gradients, statistics };
  }

  #loss(
    views: tf.Tensor4D[],
    onStatistics: (name: string, mean: tf.Tensor1D, variance: tf.Tensor1D) => void,
  ) {
    const architecture = getArchitecture(this.#recipe.architecture);
    const context = { weights: this.#weights, training: true, onStatistics };
    const encode = (x: tf.Tensor4D) => architecture.forward(x, context);
    return getMethod(this.#recipe.method).loss(views, { encode, head: context, settings: this.#recipe });
  }

  #updateStatistics(statistics: readonly [string, tf.Tensor, tf.Tensor][]): void {
    const running = (name: string, which: string) => this.#weights.get(`${name}.${which}`) as tf.Variable;
    movingAverageUpdate(
      statistics.flatMap(([name]) => [running(name, "running_mean"), running(name, "running_var")]),
      statistics.flatMap(([, mean, variance]) => [mean, variance]),
      STATISTICS_MOMENTUM,
    );
  }

  /** All arrays in PyTorch's layout, the head's among them. */
  weights(): Map<string, StoredTensor> {
    return exportWeights(this.#specs, this.#weights);
  }

  optimizerState(): Map<string, StoredTensor> {
    return this.#optimizer.state();
  }

  restoreOptimizer(state: ReadonlyMap<string, StoredTensor>): void {
    this.#optimizer.restore(state);
  }

  dispose(): void {
    this.#recorded?.dispose();
    disposeWeights(this.#weights);
    this.#optimizer.dispose();
  }
}
