import { createHash } from "node:crypto";
import test from "ava";
import { engineDriver, openEngine } from "../../src/engine/index.js";
import { runNative } from "../../src/engine/ops/kernels.js";
import { type Recorder, recorderFor } from "../../src/engine/recorder.js";
import * as tf from "../../src/engine/tf.js";
import { torchBackend } from "../../src/engine/torch/torch-images.js";
import type { StoredTensor } from "../../src/nn/index.js";
import { TrainingModel } from "../../src/train/model.js";
import type { TrainRecipe } from "../../src/train/types.js";
import { snapshot } from "../snapshot.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";

// SSLMEM_ENGINES=tensorflow leaves the engine out of a checkout; then nothing here applies.
const on = engineDriver("torch").missing() === null ? test.serial : test.serial.skip;

test.before(async () => {
  if (engineDriver("torch").missing() === null)
    await openEngine({ engine: "torch", device: "cpu", precision: "fp32", threads: 1 });
});

/** Does recorded work again step by step, under the rules that hold while a CUDA graph is being recorded. */
const again = (log: string[]): Recorder => ({
  record(fixed, work) {
    const backend = torchBackend() as NonNullable<ReturnType<typeof torchBackend>>;
    const handles = fixed.map((tensor) => backend.handleOf(tensor));
    const recorded = () => {
      const { readSync, move } = backend;
      backend.readSync = () => {
        throw new Error("read back while recording");
      };
      backend.move = (...values) => {
        const list = values[1] as Float32Array;
        if (list.some((value) => !Object.is(value, list[0])))
          throw new Error(`${list.length} different numbers come from the host while recording`);
        move.apply(backend, values);
      };
      try {
        return work();
      } finally {
        Object.assign(backend, { readSync, move });
      }
    };
    log.push("recorded");
    const outputs = recorded();
    return {
      outputs,
      replay: () => {
        log.push("replayed");
        if (fixed.some((tensor, i) => backend.handleOf(tensor) !== handles[i]))
          throw new Error("a fixed tensor has moved");
        const fresh = recorded();
        runNative("SslMemAssign", [...outputs, ...fresh], { updated: outputs.length });
        tf.dispose(fresh);
      },
      dispose: () => tf.dispose(outputs),
    };
  },
});

function train(settings: Partial<TrainRecipe>, recorder: Recorder | null) {
  const used: TrainRecipe = { ...RECIPE, batch: 4, ...settings };
  const before = tf.memory().numTensors;
  const model = new TrainingModel(used, { recorder });
  const count = 2 * used.batch * used.imageSize ** 2 * 3;
  const losses: number[] = [];
  const living: number[] = [];
  for (let step = 0; step < 6; step++) {
    const views = tf.randomNormal([count], 0, 1, "float32", step + 1);
    const data = views.dataSync() as Float32Array;
    const batch = { views: [{ data, height: used.imageSize, width: used.imageSize }] };
    const result = stepOf(model, batch, 0.05 / (step + 1), step);
    views.dispose();
    losses.push(result.loss, result.metrics.accuracy as number);
    living.push(tf.memory().numTensors);
  }
  const hashes = (arrays: ReadonlyMap<string, StoredTensor>) =>
    [...arrays].map(([name, { data }]) => [name, createHash("sha256").update(data).digest("hex")]);
  const [weights, optimizer] = [hashes(snapshot(model.weights())), hashes(snapshot(model.optimizerState()))];
  model.dispose();
  return { losses, weights, optimizer, living, left: tf.memory().numTensors - before };
}

for (const settings of [
  { optimizer: "sgd" },
  { optimizer: "adamw", clipGradientNorm: 0.5 },
  { optimizer: "sgd", accumulate: 2 },
] as const) {
  const { accumulate: parts = 1 } = settings as { accumulate?: number };
  on(
    `a step whose measurement is recorded has the bits of one that is not: ${Object.values(settings).join(" ")}`,
    (t) => {
      const log: string[] = [];
      const eager = train(settings, null);
      const recorded = train(settings, again(log));
      t.deepEqual(recorded.losses, eager.losses);
      t.deepEqual(recorded.weights, eager.weights);
      t.deepEqual(recorded.optimizer, eager.optimizer);
      t.deepEqual(
        log,
        ["recorded", ...Array(6 * parts - 3).fill("replayed")],
        "three batches warm up, then one is recorded, once, whatever number of parts a step has",
      );
      t.is(new Set(eager.losses).size > 6, true, "each step sees other views");
      t.is(recorded.living.at(-1), recorded.living.at(-2), "tensors grow");
      t.deepEqual([eager.left, recorded.left], [0, 0], "tensors left behind");
    },
  );
}

on("a CPU has no CUDA graphs", (t) => {
  t.is(recorderFor("off"), null);
  t.is(recorderFor("auto"), null);
  const error = t.throws(() => recorderFor("on"), {
    message: /on a CUDA device .* the engine computes on the CPU/,
  });
  t.is((error as unknown as { code: string }).code, "ENGINE");
});
