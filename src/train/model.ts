import { getPolicy } from "../augment/index.js";
import { alone, type Collective } from "../engine/collective.js";
import * as ops from "../engine/ops/index.js";
import type { Recorder } from "../engine/recorder.js";
import * as tf from "../engine/tf.js";
import { valuesOnce } from "../engine/values-once.js";
import { SslMemError } from "../errors.js";
import { getMethod } from "../methods/registry.js";
import type { Method, Moment, Needs, Objective, StateSpec } from "../methods/types.js";
import {
  type Architecture,
  buildNetwork,
  type DeferredTensor,
  disposeWeights,
  exportWeights,
  getArchitecture,
  importWeights,
  initialWeights,
  matchExactly,
  type Network,
  type ParameterSpec,
  type StoredTensor,
  withSettings,
} from "../nn/index.js";
import { getOptimizer } from "../optimizers/registry.js";
import { valuesOf } from "../settings/registry.js";
import { tensorOf, type ViewBatch } from "../views/index.js";
import { layerFactors } from "./layer-decay.js";
import { measureOf } from "./measures/compose.js";
import type { Measure, Measured } from "./measures/types.js";
import { type Arrays, checkNamespace } from "./namespaces.js";
import { WeightedNetwork } from "./network.js";
import { needsOf, objectiveOf } from "./objective.js";
import { Optimizer } from "./optimizer.js";
import { peakRate } from "./schedule.js";
import type { TrainRecipe } from "./types.js";

/** Share of a batch's statistics in the running ones, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

/** The images of one step, as they are made. */
export interface StepBatch {
  /** One for each of the method's view needs; left to the caller. */
  readonly views: readonly ViewBatch[];
  /** [images] classes; null where the method needs none */
  readonly labels?: Int32Array | null;
  /** [images · n] for each of the method's noise needs */
  readonly noise?: Readonly<Record<string, Float32Array>>;
}

/** What a step measured, before it changed anything: float32 scalars on the device, for the caller to dispose of. */
export interface StepResult {
  readonly loss: tf.Scalar;
  readonly metrics: Readonly<Record<string, tf.Scalar>>;
}

/** How a model is made, beside its recipe. */
export interface ModelOptions {
  /** Arrays of a checkpoint to go on from: exactly those of encoder, head and state; null: initial values. */
  readonly stored?: ReadonlyMap<string, StoredTensor> | null;
  /** Records a step's measurement once, to start it as one from then on; null: eagerly. */
  readonly recorder?: Recorder | null;
  /** The checkpoint, for errors. */
  readonly whose?: string;
  /** The method itself, in place of the registered one of the recipe's name. */
  readonly method?: Method;
  /** The architecture itself, in place of the registered one of the recipe's name. */
  readonly architecture?: Architecture;
  /** Classes of the images; 0 where the method needs no labels. */
  readonly classes?: number;
  /** Who else trains this model, each with a batch of its own. */
  readonly collective?: Collective;
}

/** An encoder with its head and optimiser: everything that a training step changes. Names become objects here, once. */
export class TrainingModel {
  readonly needs: Needs;
  readonly network: Network;
  readonly #recipe: TrainRecipe;
  readonly #objective: Objective;
  readonly #specs: Readonly<Record<"encoder" | "head" | "state", readonly ParameterSpec[]>>;
  readonly #weights: Map<string, tf.Variable>;
  readonly #network: WeightedNetwork;
  readonly #optimizer: Optimizer;
  readonly #measure: Measure;

  /** Throws SslMemError USAGE for names or settings that there are not; DATA and NUMERIC as matchExactly. */
  constructor(
    recipe: TrainRecipe,
    {
      stored = null,
      recorder = null,
      whose = "the checkpoint",
      method: given,
      architecture = getArchitecture(recipe.architecture, recipe),
      classes = 0,
      collective = alone,
    }: ModelOptions = {},
  ) {
    this.#recipe = recipe;
    const method = given ?? getMethod(recipe.method);
    const definition = getOptimizer(recipe.optimizer);
    this.network = buildNetwork(withSettings(architecture, recipe), recipe.imageSize);
    this.needs = needsOf(method, recipe, this.network);
    const { parameters: encoder } = this.network;
    const { accumulate: parts = 1, layerDecay = 1 } = recipe;
    const factor = layerFactors(this.network, layerDecay, architecture.name);
    this.#objective = objectiveOf(method, recipe, this.network, { classes, collective });
    const { parameters: head, state = [], rules = [] } = this.#objective;
    this.#specs = { encoder, head, state };
    checkObjective(this.#objective, encoder);
    const specs = this.#allSpecs();
    this.#weights =
      stored === null
        ? withCopies(initialWeights(specs, recipe.seed), state)
        : importWeights(specs, matchExactly(specs, stored, whose, architecture.name));
    const learned = [...encoder, ...head]
      .filter(({ isLearned }) => isLearned)
      .map((spec) => ({
        spec,
        variable: this.#weights.get(spec.name) as tf.Variable,
      }));
    const { weightDecay, weightDecayEnd = null, clipGradientNorm = null, clipScope = "all" } = recipe;
    const own = valuesOf(definition.settings, { ...recipe });
    this.#optimizer = new Optimizer(learned, {
      definition,
      values: own,
      weightDecay,
      weightDecayEnd,
      clipGradientNorm,
      clipScope,
      rules,
      factor,
    });
    this.#network = new WeightedNetwork(this.network, this.#weights);
    this.#measure = measureOf({
      network: this.#network,
      objective: this.#objective,
      recorder,
      parts,
      collective,
      learned: learned.map(({ variable }) => variable),
    });
  }

  /**
   * One step, whatever its loss is. Nothing is read back, and nothing left behind but the changed variables and the result.
   *
   * @param rate learning rate of the step @param at where the training stands
   */
  step(batch: StepBatch, rate: number, at: Moment): StepResult {
    return tf.tidy(() => {
      const numbers = this.#numbers(at);
      const scalars = Object.entries(numbers).map(([name, number]) => [name, tf.scalar(number)] as const);
      const measured = this.#measure.of(this.#tensors(batch), Object.fromEntries(scalars));
      try {
        this.#update(measured, numbers, rate, at);
        // Copies: the next step of a recording writes over what this one returned.
        const copy = (x: tf.Tensor) => tf.keep(tf.add(x, 0)) as tf.Scalar;
        const metrics = Object.entries(measured.metrics).map(([name, x]) => [name, copy(x)] as const);
        return { loss: copy(measured.loss), metrics: Object.fromEntries(metrics) };
      } finally {
        measured.release();
      }
    });
  }

  #update(measured: Measured, numbers: Record<string, number>, rate: number, at: Moment): void {
    const { gradients, statistics, carry } = measured;
    this.#optimizer.update(gradients, { rate, peak: peakRate(this.#recipe), at });
    this.#updateStatistics(statistics);
    this.#objective.after?.(
      this.#network.nets(() => {}),
      { ...carry },
      numbers,
    );
  }

  /** The schedules' numbers. */
  #numbers(at: Moment): Record<string, number> {
    const schedules = Object.entries(this.#objective.schedules ?? {});
    return Object.fromEntries(schedules.map(([name, schedule]) => [name, schedule(at)]));
  }

  #tensors({ views, labels, noise = {} }: StepBatch) {
    const tensors = views.map((batch) => tensorOf(batch));
    const named = Object.entries(noise).map(
      ([name, numbers]) =>
        [name, tf.tensor2d(numbers, [this.#recipe.batch, numbers.length / this.#recipe.batch])] as const,
    );
    return {
      views: tensors as [tf.Tensor4D, ...tf.Tensor4D[]],
      labels: tf.tensor1d(labels ?? new Int32Array(0), "int32"),
      noise: Object.fromEntries(named),
    };
  }

  /** One normalisation may have several batches in a step, one for each pass: their statistics follow one another. */
  #updateStatistics(statistics: Measured["statistics"]): void {
    for (let rest = [...statistics]; rest.length > 0; ) {
      const names = new Set<string>();
      const now = rest.filter(([name]) => !names.has(name) && names.add(name));
      rest = rest.filter((one) => !now.includes(one));
      const running = (name: string, which: string) => this.#weights.get(`${name}.${which}`) as tf.Variable;
      ops.movingAverageUpdate(
        now.flatMap(([name]) => [running(name, "running_mean"), running(name, "running_var")]),
        now.flatMap(([, mean, variance]) => [mean, variance]),
        STATISTICS_MOMENTUM,
      );
    }
  }

  #allSpecs(): ParameterSpec[] {
    const { encoder, head, state } = this.#specs;
    return [...encoder, ...head, ...state];
  }

  /** The arrays of encoder, head and state in PyTorch's layout; until the next step. */
  weights(): Map<string, DeferredTensor> {
    return exportWeights(this.#allSpecs(), this.#weights);
  }

  /** The optimiser's arrays; until the next step. */
  optimizerState(): Map<string, DeferredTensor> {
    return this.#optimizer.state();
  }

  /** All that a training needs to go on; until the next step. */
  arrays(): Arrays<DeferredTensor> {
    const { encoder, head, state } = this.#specs;
    const of = (specs: readonly ParameterSpec[]) => exportWeights(specs, this.#weights);
    return { encoder: of(encoder), head: of(head), state: of(state), optimizer: this.optimizerState() };
  }

  /** Whether a batch can be measured in parts; see Objective.sampleWise. */
  get sampleWise(): boolean {
    return this.#objective.sampleWise ?? false;
  }

  /** Prefix of the arrays that are scored; "" for the trained encoder. */
  get exports(): string {
    return this.#objective.exports ?? "";
  }

  /** Whether every array is finite. Reads one number back. */
  isFinite(): boolean {
    const arrays = [...this.#weights.values(), ...this.#optimizer.variables()];
    // x · 0 is 0 unless x is not finite.
    const sums = () => arrays.map((array) => tf.tidy(() => tf.sum(tf.mul(array, 0))));
    return valuesOnce(() => tf.sum(tf.stack(sums())))[0] === 0;
  }

  restoreOptimizer(state: ReadonlyMap<string, StoredTensor>): void {
    this.#optimizer.restore(state);
  }

  dispose(): void {
    this.#measure.dispose();
    this.#network.dispose();
    disposeWeights(this.#weights);
    this.#optimizer.dispose();
  }
}

/** A teacher begins as its student. */
function withCopies(
  weights: Map<string, tf.Variable>,
  state: readonly StateSpec[],
): Map<string, tf.Variable> {
  for (const { name, copyOf } of state)
    if (copyOf !== undefined) (weights.get(name) as tf.Variable).assign(weights.get(copyOf) as tf.Tensor);
  return weights;
}

/** Throws SslMemError INTERNAL for names that the contract of a method forbids. */
function checkObjective(
  { parameters, state = [], exports = "" }: Objective,
  encoder: readonly ParameterSpec[],
): void {
  const names = (specs: readonly ParameterSpec[]) => specs.map(({ name }) => name);
  checkNamespace(names(parameters), "head");
  checkNamespace(names(state), "state");
  if (exports === "") return;
  const there = new Set(names(state));
  const missing = names(encoder).find((name) => !there.has(exports + name));
  if (missing !== undefined)
    throw new SslMemError(
      "INTERNAL",
      `Expected a whole encoder under "${exports}" to export but ${exports}${missing} is not in the state.`,
    );
}
