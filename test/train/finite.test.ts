// Losses are looked at where a report or a checkpoint is due, and what is saved is as if each had been looked at when it was made.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import test from "ava";
import type { ImageStore } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import type { SslMemError } from "../../src/errors.js";
import type { Moment } from "../../src/methods/types.js";
import { latestWeights, type TrainOptions, trainEncoder } from "../../src/train/index.js";
import { testEngine, testPrecision } from "../engine-under-test.js";
import { digestsOf, smallStore, temporaryDirectory, trainOptions } from "./helpers.js";
import { register, squares } from "./toys.js";

/** What is wrong in a step, if anything; the step is counted from 1. */
let wrong: (step: number) => "loss" | "arrays" | null = () => null;
const isWrong = (what: string, { step }: Moment) => wrong(step + 1) === what;
let store: ImageStore;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: testPrecision });
  store = await smallStore();
  register("fragile", (given, settings, kit) => {
    const { loss, ...objective } = squares(given, settings, kit);
    return {
      ...objective,
      schedules: { factor: (at) => (isWrong("loss", at) ? Number.POSITIVE_INFINITY : 1) },
      rules: [
        {
          matches: ({ name }) => name === "head.fc.bias",
          rate: (scheduled, _peak, at) => (isWrong("arrays", at) ? Number.POSITIVE_INFINITY : scheduled),
        },
      ],
      loss(batch, nets, at) {
        return { loss: tf.mul(loss(batch, nets, at).loss, at.factor as tf.Scalar) };
      },
    };
  });
});
test.afterEach(() => {
  wrong = () => null;
});

/** Nine steps, reported after 4, 8 and 9. */
const optionsOf = (directory: string, changes: Partial<TrainOptions> = {}) =>
  trainOptions(store, directory, {
    method: "fragile",
    learningRate: 0.01,
    batch: 4,
    indices: Uint32Array.from({ length: 12 }, (_, i) => i),
    reportEverySteps: 4,
    ...changes,
  });

const lines = (directory: string) => {
  const path = join(directory, "metrics.jsonl");
  const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  const found = text === "" ? [] : text.split("\n").map((line) => JSON.parse(line));
  return found.map(({ step, loss }) => [step, loss] as const);
};

const known = new Map<number, string>();
/** Digests of a training that is stopped after so many steps, when nothing is wrong. */
async function stoppedAt(stopAfterSteps: number): Promise<string> {
  const before = wrong;
  wrong = () => null;
  const found =
    known.get(stopAfterSteps) ??
    digestsOf((await trainEncoder(optionsOf(temporaryDirectory(), { stopAfterSteps }))).weights);
  known.set(stopAfterSteps, found);
  wrong = before;
  return found;
}

for (const what of ["loss", "arrays"] as const)
  for (const [checkpointEverySteps, from] of [
    [null, "the beginning"],
    [2, "step 4"],
    [6, "the beginning"],
  ] as const)
    test.serial(
      `${what} not finite between two reports, checkpoints every ${checkpointEverySteps} steps: the last good state is kept`,
      async (t) => {
        const directory = temporaryDirectory();
        const expected = await stoppedAt(5);
        wrong = (step) => (step === 6 ? what : null);
        const notes: string[] = [];
        const onNote = (note: string) => notes.push(note);
        const options = optionsOf(directory, { checkpointEverySteps, onNote });
        const tensors = tf.memory().numTensors;
        const error = await t.throwsAsync(trainEncoder(options), { code: "NUMERIC" });
        t.regex(error?.message ?? "", /at step 6 of f; the state before it is saved/);
        t.regex((error as SslMemError).hint ?? "", /^--learning-rate/);
        t.is(digestsOf((await latestWeights(directory)) as string), expected);
        t.deepEqual(
          lines(directory).map(([step]) => step),
          [4],
        );
        t.is(tf.memory().numTensors, tensors);
        t.is(notes.length, 1);
        t.true(notes[0]?.includes(`from ${from},`), notes[0]);
        // Gone on with, it fails there again, and goes on where nothing is wrong any more.
        const again = await t.throwsAsync(trainEncoder(options), { code: "NUMERIC" });
        t.regex(again?.message ?? "", /at step 6 of f/);
        t.is(digestsOf((await latestWeights(directory)) as string), expected);
        wrong = () => null;
        t.is(digestsOf((await trainEncoder(options)).weights), await stoppedAt(9));
      },
    );

test.serial("steps that are done again write their lines again, as after a stop", async (t) => {
  const [directory, stopped] = [temporaryDirectory(), temporaryDirectory()];
  wrong = (step) => (step === 6 ? "loss" : null);
  await t.throwsAsync(trainEncoder(optionsOf(directory, { checkpointEverySteps: 3 })));
  wrong = () => null;
  await trainEncoder(optionsOf(stopped, { stopAfterSteps: 3 }));
  await trainEncoder(optionsOf(stopped, { stopAfterSteps: 4 }));
  t.deepEqual(
    lines(directory),
    lines(stopped).filter(([step]) => step === 4),
  );
});

test.serial("a first step that fails leaves the initial values", async (t) => {
  const directory = temporaryDirectory();
  wrong = () => "loss";
  const error = await t.throwsAsync(trainEncoder(optionsOf(directory)), { code: "NUMERIC" });
  t.regex(error?.message ?? "", /Infinity at step 1 of f/);
  t.regex((error as SslMemError).hint ?? "", /not the learning rate/, "nothing has been updated yet");
  t.is(basename((await latestWeights(directory)) as string), "step-00000000.safetensors");
  wrong = () => null;
  t.is(digestsOf((await trainEncoder(optionsOf(directory))).weights), await stoppedAt(9));
});

test.serial("what is finite when it is done again goes on", async (t) => {
  const expected = await stoppedAt(9);
  for (const what of ["loss", "arrays"] as const) {
    const directory = temporaryDirectory();
    const notes: string[] = [];
    wrong = (step) => (step === 6 && notes.length === 0 ? what : null);
    const options = { onNote: (note: string) => notes.push(note), checkpointEverySteps: 2 };
    t.is(digestsOf((await trainEncoder(optionsOf(directory, options))).weights), expected);
    t.is(notes.length, 1, what);
    t.deepEqual(
      lines(directory).map(([step]) => step),
      [4, 8, 9],
    );
  }
});

test.serial("a stop before the last good state is found leaves the checkpoint as it was", async (t) => {
  const directory = temporaryDirectory();
  const expected = await stoppedAt(5);
  wrong = (step) => (step === 6 ? "loss" : null);
  let asked = 0;
  const signal = {
    get aborted() {
      return ++asked >= 6;
    },
  } as AbortSignal;
  const error = await t.throwsAsync(trainEncoder(optionsOf(directory, { signal, checkpointEverySteps: 2 })), {
    code: "INTERRUPTED",
  });
  t.regex(error?.message ?? "", /Infinity at step 6.* the checkpoint of step 4 is kept/);
  t.is(basename((await latestWeights(directory)) as string), "step-00000004.safetensors");
  await t.throwsAsync(trainEncoder(optionsOf(directory)), { code: "NUMERIC" });
  t.is(digestsOf((await latestWeights(directory)) as string), expected);
});

test.serial(
  "a fault before the first save of a forced training: another training's checkpoint is not gone back to",
  async (t) => {
    const directory = temporaryDirectory();
    const expected = await stoppedAt(5);
    await trainEncoder(optionsOf(directory, { learningRate: 0.05, stopAfterSteps: 4 }));
    wrong = (step) => (step === 6 ? "loss" : null);
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    await t.throwsAsync(trainEncoder(optionsOf(directory, { force: true, onNote })), { code: "NUMERIC" });
    t.regex(notes.join(), /going on from the beginning/);
    const weights = (await latestWeights(directory)) as string;
    t.is(basename(weights), "step-00000005.safetensors");
    t.is(digestsOf(weights), expected, "of this training, and of its recipe");
  },
);

test.serial(
  "a checkpoint that is due by time while steps are doubted: the fault is found from there as well",
  async (t) => {
    const directory = temporaryDirectory();
    const expected = await stoppedAt(5);
    wrong = (step) => (step === 7 ? "loss" : null);
    const late = await stoppedAt(6);
    const saved: string[] = [];
    let isLate = false;
    const now = performance.now.bind(performance);
    t.teardown(() => {
      performance.now = now;
    });
    // An hour goes by at each look once the steps are done again.
    let hours = 0;
    performance.now = () => now() + (isLate ? 3_600_000 * ++hours : 0);
    const onNote = (note: string) => {
      saved.push(note);
      isLate = true;
    };
    const error = await t.throwsAsync(
      trainEncoder(optionsOf(directory, { checkpointEveryMinutes: 1, onNote })),
      { code: "NUMERIC" },
    );
    t.regex(error?.message ?? "", /at step 7 of f/);
    t.is(saved.length, 1);
    t.is(digestsOf((await latestWeights(directory)) as string), late);
    t.true(existsSync(join(directory, "step-00000005.safetensors")), "what was due in between was saved");
    t.not(late, expected);
  },
);

test.serial(
  "a stop while steps are doubted saves the last good state, and the same command goes on from it",
  async (t) => {
    const directory = temporaryDirectory();
    const expected = await stoppedAt(5);
    wrong = (step) => (step === 7 ? "loss" : null);
    let isBack = false;
    let asked = 0;
    const signal = {
      get aborted() {
        return isBack && ++asked >= 5;
      },
    } as AbortSignal;
    const onNote = () => {
      isBack = true;
    };
    const error = await t.throwsAsync(trainEncoder(optionsOf(directory, { signal, onNote })), {
      code: "INTERRUPTED",
    });
    t.regex(error?.message ?? "", /interrupted at step 5 of 9; the checkpoint is saved/);
    t.is(digestsOf((await latestWeights(directory)) as string), expected);
    await t.throwsAsync(trainEncoder(optionsOf(directory)), { code: "NUMERIC", message: /at step 7 of f/ });
    t.is(digestsOf((await latestWeights(directory)) as string), await stoppedAt(6));
  },
);
