import type * as Tf from "../engine/tf.js";
import type { Kit } from "../nn/kit.js";
import type { ForwardContext, ParameterSpec } from "../nn/types.js";
import type { StateSpec } from "./types.js";

/** A second network that is a moving average of the trained one. */
export interface AveragedCopy {
  /** Its arrays, running statistics of its own included; to be declared in Objective.state. */
  readonly state: readonly StateSpec[];
  /** Moves it towards the trained network, for Objective.after. @param share of the trained network in the result, in [0, 1] */
  update(head: ForwardContext, share: number): void;
}

/**
 * A moving average of encoder and heads: BYOL's target, MoCo's key encoder, the teachers of DINO and I-JEPA. Parameters are
 * averaged, running statistics never: a copy has those of its own batches.
 *
 * @param prefix of its arrays' names ("state.teacher.") @param specs what it is a copy of
 * @param options.copies whether it begins equal (default) or as another draw of initial values
 * @param options.averages which arrays are averaged; default: those that are learned
 */
export function averagedCopy(
  { ops }: Pick<Kit, "ops">,
  prefix: string,
  specs: readonly ParameterSpec[],
  {
    copies = true,
    averages = ({ isLearned }) => isLearned,
  }: { copies?: boolean; averages?: (spec: ParameterSpec) => boolean } = {},
): AveragedCopy {
  const averaged = specs.filter(averages);
  return {
    state: specs.map((spec) => ({
      ...spec,
      name: prefix + spec.name,
      isLearned: false,
      ...(copies && { copyOf: spec.name }),
    })),
    update({ weights }, share) {
      const of = (before: string) => averaged.map(({ name }) => weights.get(before + name) as Tf.Variable);
      ops.movingAverageUpdate(of(prefix), of(""), share);
    },
  };
}
