import { movingAverageUpdate } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { getMethod } from "../methods/registry.js";
import {
  disposeWeights,
  exportWeights,
  getArchitecture,
  importWeights,
  initialWeights,
  isTrainable,
  type StoredTensor,
} from "../nn/index.js";
import { tensorOf, type ViewBatch } from "../views/index.js";
import { makeOptimizer, type Optimizer } from "./optimizer.js";
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

  constructor(recipe: TrainRecipe, stored: ReadonlyMap<string, StoredTensor> | null) {
    this.#recipe = recipe;
    const architecture = getArchitecture(recipe.architecture);
    this.#specs = [
      ...architecture.parameters,
      ...getMethod(recipe.method).headParameters(architecture.dim, recipe),
    ];
    this.#weights =
      stored === null
        ? initialWeights(this.#specs, recipe.seed)
        : importWeights(this.#specs, stored, "the checkpoint", recipe.architecture);
    const trainable = this.#specs.filter(({ kind }) => isTrainable(kind));
    const variables = new Map(trainable.map(({ name }) => [name, this.#weights.get(name) as tf.Variable]));
    const decays = new Set(
      trainable.filter(({ kind }) => kind === "conv" || kind === "linear").map(({ name }) => name),
    );
    this.#optimizer = makeOptimizer(variables, decays, recipe);
    this.#variables = variables;
  }
  readonly #variables: ReadonlyMap<string, tf.Variable>;

  /**
   * One step. Nothing is left behind but the changed variables; when the loss is not finite they are not changed.
   *
   * @param groups views [images · views, size, size, 3], one batch for each view group of the method; left to the caller
   */
  step(groups: readonly ViewBatch[], learningRate: number, step: number): StepResult {
    let result: StepResult = { loss: Number.NaN, accuracy: null };
    tf.tidy(() => {
      const views = groups.map((group) => tensorOf(group, this.#recipe.imageSize));
      const statistics: [string, tf.Tensor, tf.Tensor][] = [];
      let accuracy: tf.Scalar | null = null;
      // variableGrads names gradients by the variables' own names, which are not ours.
      const list = [...this.#variables];
      const { value, grads } = tf.variableGrads(
        () => {
          const outcome = this.#loss(views, (name, mean, variance) =>
            statistics.push([name, tf.keep(mean), tf.keep(variance)]),
          );
          accuracy = outcome.accuracy === null ? null : tf.keep(outcome.accuracy);
          return outcome.loss;
        },
        list.map(([, variable]) => variable),
      );
      const loss = value.dataSync()[0] as number;
      const measured = accuracy === null ? null : ((accuracy as tf.Scalar).dataSync()[0] as number);
      if (Number.isFinite(loss)) {
        const named = Object.fromEntries(
          list.map(([name, variable]) => [name, grads[variable.name] as tf.Tensor]),
        );
        this.#optimizer.apply(named, learningRate, step);
        this.#updateStatistics(statistics);
      }
      for (const [, mean, variance] of statistics) tf.dispose([mean, variance]);
      if (accuracy !== null) (accuracy as tf.Scalar).dispose();
      result = { loss, accuracy: measured };
    });
    return result;
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
    disposeWeights(this.#weights);
    this.#optimizer.dispose();
  }
}
