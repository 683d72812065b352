import * as tf from "../../src/engine/tf.js";
import { constant } from "../../src/nn/initial.js";
import { getOptimizer } from "../../src/optimizers/registry.js";
import { valuesOf } from "../../src/settings/registry.js";
import type { StepBatch, TrainingModel } from "../../src/train/model.js";
import { Optimizer } from "../../src/train/optimizer.js";

const at = (step: number, steps = step + 1) => ({ step, steps, epoch: 0, epochs: 1 });

/** One step of a model outside a training; its numbers, read back. @param steps in all; this one is the last if left out */
export function stepOf(
  model: TrainingModel,
  batch: StepBatch,
  rate: number,
  step: number,
  steps = step + 1,
): { loss: number; metrics: Record<string, number> } {
  const { loss, metrics } = model.step(batch, rate, at(step, steps));
  const read = (x: tf.Scalar) => x.dataSync()[0] as number;
  const numbers = Object.fromEntries(Object.entries(metrics).map(([name, x]) => [name, read(x)]));
  const value = read(loss);
  tf.dispose([loss, ...Object.values(metrics)]);
  return { loss: value, metrics: numbers };
}

/** An optimiser of variables by name, without a model. */
export function optimizerOf(
  variables: ReadonlyMap<string, tf.Variable>,
  decays: ReadonlySet<string>,
  {
    optimizer,
    weightDecay,
    clipGradientNorm = null,
    ...own
  }: {
    optimizer: string;
    weightDecay: number;
    clipGradientNorm?: number | null;
    /** the optimiser's own */
    [setting: string]: unknown;
  },
) {
  const definition = getOptimizer(optimizer);
  const arrays = [...variables].map(([name, variable]) => ({
    variable,
    spec: {
      name,
      shape: variable.shape,
      layout: "same" as const,
      initial: constant(0),
      isLearned: true,
      isDecayed: decays.has(name),
    },
  }));
  const values = valuesOf(definition.settings, own);
  const made = new Optimizer(arrays, { definition, values, weightDecay, clipGradientNorm, rules: [] });
  return {
    apply: (gradients: tf.NamedTensorMap, rate: number, step: number) =>
      made.update(
        [...variables.keys()].map((name) => gradients[name] as tf.Tensor),
        { rate, peak: rate, at: at(step) },
      ),
    dispose: () => made.dispose(),
  };
}
