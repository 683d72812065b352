import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import type { Moment, ParameterRule } from "../methods/types.js";
import { checkExactNames, type DeferredTensor, type ParameterSpec, type StoredTensor } from "../nn/index.js";
import type { OptimizerDefinition } from "../optimizers/types.js";
import { weightDecayAt } from "./schedule.js";

/** A learned array of the model. */
export interface LearnedArray {
  readonly spec: ParameterSpec;
  readonly variable: tf.Variable;
}

/** How gradients change variables. */
export interface UpdateSettings {
  readonly definition: OptimizerDefinition;
  /** Of the definition's own settings. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly weightDecay: number;
  /** At the end, to which it goes along a cosine; null or left out: it stays as it is. */
  readonly weightDecayEnd?: number | null;
  /** Norm that gradients are scaled down to, > 0; null: they stay as they are. */
  readonly clipGradientNorm: number | null;
  /** What has that norm: all gradients together (default), or each by itself. */
  readonly clipScope?: "all" | "tensor";
  /** The first one that matches a parameter holds for it. */
  readonly rules: readonly ParameterRule[];
  /** What a parameter's rate, its rule's, is multiplied by. Default 1. @param parameter its name */
  factor?(parameter: string): number;
}

/** Arrays that are updated alike in every step. */
interface Group {
  readonly places: number[];
  readonly rule: ParameterRule | undefined;
  readonly isDecayed: boolean;
  readonly factor: number;
}

/** Updates learned arrays by their gradients and keeps the arrays that this needs. */
export class Optimizer {
  readonly #state = new Map<string, tf.Variable>();
  readonly #groups: readonly Group[];

  constructor(
    readonly arrays: readonly LearnedArray[],
    readonly settings: UpdateSettings,
  ) {
    for (const { spec, variable } of arrays)
      for (const slot of settings.definition.slots)
        this.#state.set(
          `${spec.name}.${slot}`,
          tf.tidy(() => tf.variable(tf.zerosLike(variable), false)),
        );
    this.#groups = groupsOf(arrays, settings);
  }

  /**
   * One update.
   *
   * @param given a gradient for each array, in their order; left to the caller
   * @param rate learning rate of this step @param peak the largest of all steps
   */
  update(given: readonly tf.Tensor[], { rate, peak, at }: { rate: number; peak: number; at: Moment }): void {
    const { definition, values, clipGradientNorm, clipScope } = this.settings;
    const weightDecay = weightDecayAt(this.settings, at);
    const gradients =
      clipGradientNorm === null ? given : clipped(given, clipGradientNorm, clipScope === "tensor");
    for (const { places, rule, isDecayed, factor } of this.#groups) {
      const frozen = rule?.frozenSteps?.(at) ?? 0;
      if (at.step < frozen) continue;
      const of = places.map((place) => this.arrays[place] as LearnedArray);
      const own = isDecayed ? weightDecay : 0;
      const group = {
        weights: of.map(({ variable }) => variable),
        gradients: places.map((place) => gradients[place] as tf.Tensor),
        slot: (slot: string) => of.map(({ spec }) => this.#state.get(`${spec.name}.${slot}`) as tf.Variable),
        rate: factor * (rule?.rate?.(rate, peak, at) ?? rate),
        decay: rule?.decay?.(own, weightDecay, at) ?? own,
        adapt: rule?.adapt ?? isDecayed,
        step: at.step - frozen,
      };
      definition.update(group, values as never, { tf, ops });
    }
    if (gradients !== given) tf.dispose([...gradients]);
  }

  /** The arrays that it keeps. */
  variables(): Iterable<tf.Variable> {
    return this.#state.values();
  }

  /** The same by name, made when their data are asked for: until `update` changes them. */
  state(): Map<string, DeferredTensor> {
    return new Map(
      [...this.#state].map(([name, v]) => [
        name,
        { shape: v.shape, data: () => v.dataSync() as Float32Array },
      ]),
    );
  }

  /** Puts the arrays back. Throws SslMemError DATA unless they have the state's names and shapes. */
  restore(stored: ReadonlyMap<string, StoredTensor>): void {
    checkExactNames([...this.#state.keys()], [...stored.keys()], "the checkpoint's optimiser state");
    for (const [name, value] of this.#state) {
      const { shape, data } = stored.get(name) as StoredTensor;
      if (shape.join() !== value.shape.join())
        throw new SslMemError(
          "DATA",
          `Expected shape [${value.shape}] for ${name} in the checkpoint's optimiser state but received [${shape}].`,
          "--force starts the training over",
        );
      tf.tidy(() => value.assign(tf.tensor(data, shape)));
    }
  }

  dispose(): void {
    for (const value of this.#state.values()) value.dispose();
  }
}

/** One group for each rule, and for those without, of what is decayed and what is not, for each factor of the rate. */
function groupsOf(
  arrays: readonly LearnedArray[],
  { rules, factor: factorOf = () => 1 }: Pick<UpdateSettings, "rules" | "factor">,
): Group[] {
  const groups = new Map<string, Group>();
  for (const [place, { spec }] of arrays.entries()) {
    const { isDecayed } = spec;
    const number = rules.findIndex((rule) => rule.matches(spec));
    const factor = factorOf(spec.name);
    const key = `${number} ${isDecayed} ${factor}`;
    const group = groups.get(key) ?? { places: [], rule: rules[number], isDecayed, factor };
    group.places.push(place);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function clipped(given: readonly tf.Tensor[], limit: number, each: boolean): tf.Tensor[] {
  const { clipped: scaled, norm } = ops.clipGradients(given, limit, each);
  norm.dispose();
  return scaled;
}
