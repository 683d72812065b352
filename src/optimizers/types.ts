import type * as tf from "../engine/tf.js";
import type { SettingTable, ValuesOf } from "../settings/setting.js";

/** How gradients change parameters: one file, and one line in registry.ts. */
export interface OptimizerDefinition<S extends SettingTable = SettingTable> {
  readonly name: string;
  /** One line: name, source. */
  readonly summary: string;
  /** Settings that it reads, beside learning rate, weight decay and clipping, which all have. */
  readonly settings: S;
  /** Arrays that it keeps for every parameter, zeros at first. */
  readonly slots: readonly string[];
  /** Changes the parameters of a group, and its slots, in place. */
  update(group: UpdateGroup, settings: ValuesOf<S>, tools: Tools): void;
}

/** What optimisers compute with. It is handed to them, so that declaring one (for flags and help) loads no engine. */
export interface Tools {
  readonly tf: typeof import("../engine/tf.js");
  readonly ops: typeof import("../engine/ops/index.js");
}

/** Parameters that are updated alike in this step. */
export interface UpdateGroup {
  readonly weights: readonly tf.Variable[];
  /** of the same shapes */
  readonly gradients: readonly tf.Tensor[];
  /** Arrays of a slot, in the order of `weights`. */
  slot(name: string): tf.Variable[];
  readonly rate: number;
  readonly decay: number;
  /** Whether LARS adapts their rate: not that of biases and normalisations, where the method has no rule. */
  readonly adapt: boolean;
  /** from 0; of parameters that stayed as they are at first, from their first update */
  readonly step: number;
}

/** Declares an optimiser; exists so that its settings' types are inferred. */
export function optimizer<const S extends SettingTable>(
  definition: OptimizerDefinition<S>,
): OptimizerDefinition<S> {
  return definition;
}
