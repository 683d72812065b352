import { spawn } from "node:child_process";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import test from "ava";
import type { ImageStore } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/nn/index.js";
import { latestWeights, pairSeeds, trainEncoder } from "../../src/train/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { recipeRateAt } from "../../src/train/schedule.js";
import { testEngine, testPrecision } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import { arraysIn, digestsOf, smallStore, temporaryDirectory, trainOptions } from "./helpers.js";

let store: ImageStore;
let uninterrupted: string;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: testPrecision });
  store = await smallStore();
  uninterrupted = digestsOf((await trainEncoder(trainOptions(store, temporaryDirectory()))).weights);
});

test.serial("stopped after any step and gone on with, training ends with the same bits", async (t) => {
  for (const stop of [0, 4, 8]) {
    const directory = temporaryDirectory();
    await trainEncoder(trainOptions(store, directory, { stopAfterSteps: stop }));
    const { weights, step, stepsRun } = await trainEncoder(trainOptions(store, directory));
    t.is(digestsOf(weights), uninterrupted);
    t.deepEqual([step, stepsRun], [9, 9 - stop]);
    const lines = readFileSync(join(directory, "metrics.jsonl"), "utf8").trim().split("\n");
    t.deepEqual(
      lines.map((line) => JSON.parse(line).step),
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
  }
});

for (const changes of [
  { optimizer: "adamw" as const, learningRate: 1e-3 },
  {
    ...{ optimizer: "lars" as const, learningRate: 1, minLearningRate: 0.01, batchScaling: "sqrt" as const },
    ...{ larsForm: "solo" as const, larsClip: true, clipGradientNorm: 0.5, clipScope: "tensor" as const },
    ...{ warmup: "2ep" as const, weightDecayEnd: 0.4, layerDecay: 0.9 },
  },
]) {
  test.serial(`${changes.optimizer}, stopped and gone on with, ends with the same bits`, async (t) => {
    const whole = await trainEncoder(trainOptions(store, temporaryDirectory(), changes));
    const directory = temporaryDirectory();
    await trainEncoder(trainOptions(store, directory, { ...changes, stopAfterSteps: 4 }));
    const { weights, stepsRun } = await trainEncoder(trainOptions(store, directory, changes));
    t.is(digestsOf(weights), digestsOf(whole.weights));
    t.is(stepsRun, 5);
    const lines = readFileSync(join(directory, "metrics.jsonl"), "utf8").trim().split("\n");
    const said = lines.map(
      (line) => JSON.parse(line) as { step: number; epoch: number; learningRate: number },
    );
    const recipe = trainOptions(store, directory, changes);
    for (const { step, epoch, learningRate } of said)
      t.is(
        learningRate,
        recipeRateAt(recipe, { step: step - 1, steps: 9, epoch, epochs: 3 }),
        `step ${step}`,
      );
  });
}

test.serial("a norm of gradients below the limit changes nothing; one above it is the limit", async (t) => {
  const train = async (clipGradientNorm: number | null) => {
    const changes = { clipGradientNorm, weightDecay: 0, stopAfterSteps: 1 };
    const directory = temporaryDirectory();
    await trainEncoder(trainOptions(store, directory, changes));
    return arraysIn(directory); // not the files, which also hold the limit
  };
  const model = new TrainingModel(trainOptions(store, ""));
  const before = snapshot(model.weights());
  model.dispose();
  /** Norm of the gradients: without decay the first step is −rate · gradient, and the rate is at its peak of 0.1. */
  const normOf = (after: ReadonlyMap<string, StoredTensor>) => {
    let squares = 0;
    for (const [name, { data }] of after) {
      const start = before.get(name)?.data as Float32Array;
      if (!name.includes("running_"))
        for (const [i, w] of data.entries()) squares += (w - (start[i] as number)) ** 2;
    }
    return Math.sqrt(squares) / 0.1;
  };
  const free = await train(null);
  t.true(normOf(free) > 1, `${normOf(free)}`);
  t.deepEqual(await train(1e6), free); // g · 1 is g
  const norm = normOf(await train(0.5));
  // Weights of norm 60 are rounded by 2^-25 of themselves: 2e-6 of a step of 0.05.
  t.true(Math.abs(norm - 0.5) < 1e-3, `${norm}`);
});

test.serial("a loss across images is not begun in parts, but goes on in them", async (t) => {
  const directory = temporaryDirectory();
  const changes = { accumulate: 2, stopAfterSteps: 0 };
  const train = (others = {}) => trainEncoder(trainOptions(store, directory, { ...changes, ...others }));
  await t.throwsAsync(train(), { code: "USAGE", message: /--accumulate 1 with --method simclr.*received 2/ });
  t.is(await latestWeights(directory), null);
  await t.notThrowsAsync(train({ partsAsBegun: true }), "the other encoder of its run was");
  await t.notThrowsAsync(train(), "a checkpoint of its own");
  await t.throwsAsync(train({ force: true }), { code: "USAGE" });
});

const lastStep = (directory: string): number => {
  const path = join(directory, "metrics.jsonl");
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  return lines.length === 0 ? 0 : JSON.parse(lines.at(-1) as string).step;
};

/** The arrays of some files. */
const arraysOf = async (...paths: string[]): Promise<Map<string, StoredTensor>> =>
  new Map(
    (await Promise.all(paths.map((path) => readSafetensors(path)))).flatMap(({ tensors }) => [...tensors]),
  );

const lastCheckpoint = async (directory: string): Promise<number> =>
  Number(/step-(\d+)\./.exec((await latestWeights(directory)) ?? "step-0.")?.[1]);

test.serial(
  "killed between two checkpoints, again and again, training ends with the same bits",
  async (t) => {
    const script = fileURLToPath(new URL("killed.js", import.meta.url));
    const directory = temporaryDirectory();
    const landed: number[][] = [];
    // Checkpoints are made after steps 4, 8 and 9, the last.
    for (let tries = 0; landed.length < 2 && tries < 6; tries++) {
      // Further than it ever was: what an earlier one left beyond its checkpoint is cut away and done again.
      const target = Math.max(5, lastStep(directory) + 1);
      const child = spawn(process.execPath, [script, directory], { stdio: "ignore" });
      const ended = new Promise<NodeJS.Signals | null>((resolve) =>
        child.on("close", (_, signal) => resolve(signal)),
      );
      const deadline = Date.now() + 120_000;
      while (child.exitCode === null && Date.now() < deadline && lastStep(directory) < target)
        await setTimeout(2);
      child.kill("SIGKILL");
      const signal = await ended;
      const [step, checkpoint] = [lastStep(directory), await lastCheckpoint(directory)];
      if (signal === "SIGKILL" && 0 < checkpoint && checkpoint < step && step < 9)
        landed.push([checkpoint, step]);
      else if (signal === null) await rm(directory, { recursive: true }); // it was at its end
    }
    t.log(`killed [after checkpoint, after step]: ${JSON.stringify(landed)}`);
    t.is(landed.length, 2);
    const child = spawn(process.execPath, [script, directory], { stdio: "ignore" });
    t.is(await new Promise<number | null>((resolve) => child.on("close", resolve)), 0);
    t.is(digestsOf((await latestWeights(directory)) as string), uninterrupted);
  },
);

(testEngine === "torch" ? test.serial : test.serial.skip)(
  "views that are made on the device end with the same bits, and leave nothing behind",
  async (t) => {
    const living: number[] = [];
    const onProgress = () => living.push(tf.memory().numTensors);
    const settings = { viewsOn: "device", onProgress } as const;
    const directory = temporaryDirectory();
    await trainEncoder(trainOptions(store, directory, { ...settings, stopAfterSteps: 5 }));
    const before = tf.memory().numTensors;
    t.is(digestsOf((await trainEncoder(trainOptions(store, directory, settings))).weights), uninterrupted);
    t.is(tf.memory().numTensors, before);
    // Two steps' views are under way beside the one in use; none is left over.
    t.true(Math.max(...living) - Math.min(...living) <= 2, `${living}`);
  },
);

test.serial("another seed gives other weights", async (t) => {
  t.not(
    digestsOf((await trainEncoder(trainOptions(store, temporaryDirectory(), { seed: 2 }))).weights),
    uninterrupted,
  );
});

test.serial("no tensor is left behind by a step", async (t) => {
  const living: number[] = [];
  await trainEncoder(
    trainOptions(store, temporaryDirectory(), { onProgress: () => living.push(tf.memory().numTensors) }),
  );
  t.is(new Set(living.slice(1)).size, 1, `${living}`);
});

test.serial("the event loop ticks while training", async (t) => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await trainEncoder(trainOptions(store, temporaryDirectory()));
  clearInterval(timer);
  t.true(ticks >= 9, `${ticks} ticks in 9 steps`);
});

test.serial("a loss that is not finite ends with a NUMERIC error and the last good weights", async (t) => {
  const changes = { learningRate: 1e38, warmup: 0 };
  const directory = temporaryDirectory();
  const error = await t.throwsAsync(trainEncoder(trainOptions(store, directory, changes)));
  t.like(error, { code: "NUMERIC" });
  const failed = Number(/at step (\d+) of f/.exec(error?.message ?? "")?.[1]);
  t.true(failed > 1, error?.message);
  const good = { ...changes, stopAfterSteps: failed - 1 };
  const { weights } = await trainEncoder(trainOptions(store, temporaryDirectory(), good));
  t.is(digestsOf((await latestWeights(directory)) as string), digestsOf(weights));
});

test.serial("an abort finishes the step, saves, and says so", async (t) => {
  const directory = temporaryDirectory();
  const controller = new AbortController();
  const options = trainOptions(store, directory, {
    signal: controller.signal,
    onProgress: ({ step }) => step === 3 && controller.abort(),
  });
  t.like(await t.throwsAsync(trainEncoder(options)), { code: "INTERRUPTED" });
  const { weights, stepsRun } = await trainEncoder(trainOptions(store, directory));
  t.is(digestsOf(weights), uninterrupted);
  t.is(stepsRun, 6);
});

test.serial("another recipe on the same directory is refused by name; force starts over", async (t) => {
  const directory = temporaryDirectory();
  await trainEncoder(trainOptions(store, directory, { stopAfterSteps: 1 }));
  const error = await t.throwsAsync(trainEncoder(trainOptions(store, directory, { learningRate: 0.2 })));
  t.like(error, { code: "USAGE" });
  t.regex(error?.message ?? "", /learning-rate 0.1 \(now 0.2\)/);
  const clipped = await t.throwsAsync(trainEncoder(trainOptions(store, directory, { clipGradientNorm: 1 })));
  t.regex(clipped?.message ?? "", /clip-gradient-norm null \(now 1\)/);
  t.is((await trainEncoder(trainOptions(store, directory, { learningRate: 0.2, force: true }))).stepsRun, 9);
});

test.serial("a damaged checkpoint is a DATA error with the file's name", async (t) => {
  const directory = temporaryDirectory();
  const { weights } = await trainEncoder(trainOptions(store, directory, { stopAfterSteps: 1 }));
  truncateSync(weights, 5000);
  const cut = await t.throwsAsync(trainEncoder(trainOptions(store, directory)));
  t.like(cut, { code: "DATA" });
  t.true(cut?.message.includes(weights));
  writeFileSync(join(directory, "latest"), "{");
  t.like(await t.throwsAsync(trainEncoder(trainOptions(store, directory))), { code: "DATA" });
});

test.serial(
  "going on needs exactly the checkpoint's arrays, of encoder, head and optimiser; finite ones",
  async (t) => {
    const directory = temporaryDirectory();
    const { weights } = await trainEncoder(trainOptions(store, directory, { stopAfterSteps: 1 }));
    const [head, state] = ["head", "optimizer"].map((name) =>
      weights.replace(/safetensors$/, `${name}.safetensors`),
    ) as [string, string];
    const changed = async (path: string, change: (arrays: Map<string, StoredTensor>) => void) => {
      const before = readFileSync(path);
      const { tensors } = await readSafetensors(path);
      change(tensors);
      await writeSafetensors(path, tensors);
      const error = await t.throwsAsync(trainEncoder(trainOptions(store, directory)));
      writeFileSync(path, before);
      return error as Error & { code: string };
    };
    // As earlier versions wrote it: digests would tell that the files are others before their arrays are looked at.
    const latest = join(directory, "latest");
    const { digests: _, sha256: __, ...facts } = JSON.parse(readFileSync(latest, "utf8"));
    writeFileSync(latest, JSON.stringify({ ...facts, schema: "sslmem/checkpoint@1" }));
    await writeSafetensors(weights, await arraysOf(weights, head));
    const other = { shape: [1], data: Float32Array.of(0) };
    const renamed = await changed(weights, (arrays) => {
      arrays.delete("projector.3.weight"); // a foreign file may lack a head; a checkpoint may not
      arrays.set("fc.weight", other);
    });
    t.like(renamed, { code: "DATA" });
    t.regex(renamed.message, /missing: projector.3.weight; unknown: fc.weight/);
    const prefixed = await changed(weights, (arrays) => {
      for (const [name, array] of [...arrays]) {
        arrays.delete(name);
        arrays.set(`module.${name}`, array);
      }
    });
    t.like(prefixed, { code: "DATA" });
    const forgotten = await changed(state, (arrays) => arrays.delete("projector.3.weight.momentum"));
    t.like(forgotten, { code: "DATA" });
    t.regex(forgotten.message, /optimiser state .*missing: projector.3.weight.momentum/);
    const diverged = await changed(weights, (arrays) =>
      arrays.get("projector.3.weight")?.data.fill(Number.NaN),
    );
    t.like(diverged, { code: "NUMERIC" });
    t.true(diverged.message.includes(directory) && diverged.message.includes("projector.3.weight"));
    t.is(digestsOf((await trainEncoder(trainOptions(store, directory))).weights), uninterrupted);
  },
);

test.serial("a batch larger than the images is a USAGE error", async (t) => {
  t.like(await t.throwsAsync(trainEncoder(trainOptions(store, temporaryDirectory(), { batch: 37 }))), {
    code: "USAGE",
  });
});

test("f and g of a pair share seeds unless asked otherwise; pairs do not", (t) => {
  t.deepEqual(pairSeeds(5, 0, "f", false), pairSeeds(5, 0, "g", false));
  t.notDeepEqual(pairSeeds(5, 0, "f", true), pairSeeds(5, 0, "g", true));
  t.notDeepEqual(pairSeeds(5, 0, "f", false), pairSeeds(5, 1, "f", false));
});
