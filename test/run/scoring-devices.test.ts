// What those who watch a run are told of the devices and workers that it scores on.
import test from "ava";
import type { Settings } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import type { EngineChoice } from "../../src/engine/index.js";
import { openEngine } from "../../src/engine/index.js";
import { exportWeights, initialWeights, writeSafetensors } from "../../src/nn/index.js";
import { ENVIRONMENT_SCHEMA, type Session } from "../../src/run/environment.js";
import { readJson } from "../../src/run/json.js";
import { openRun, type Run } from "../../src/run/open-run.js";
import { silent } from "../../src/run/reporter.js";
import type { WorkerProgress } from "../../src/score/index.js";
import { dividedImages } from "../../src/steps/divided-images.js";
import { scorePairs } from "../../src/steps/score.js";
import { recordEngine, stepContext } from "../../src/steps/step-context.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { temporaryDirectory } from "../train/helpers.js";

function open(root: string, flags: Partial<Record<keyof Settings, string>>): Promise<Run> {
  const given = new Map(Object.entries(flags)) as Map<keyof Settings, string>;
  return openRun({
    root,
    resolved: resolveSettings({ flags: given }),
    steps: ["score"] as const,
    force: false,
    shard: null,
    command: "sslmem audit",
  });
}

test.serial(
  "the lock says what is computed on now, environment.json all that the session computed on",
  async (t) => {
    const run = await open(temporaryDirectory(), { data: "synthetic" });
    const [told, notes]: [string[], string[]] = [[], []];
    const watched = { ...run, at: async (device: string) => void told.push(device) };
    const context = stepContext(watched, { ...silent, note: (line) => notes.push(line) });
    const choice: EngineChoice = {
      engine: "torch",
      device: "cuda:0",
      precision: "bf16",
      deterministic: false,
      why: "as asked",
    };
    const recorded = async () => {
      const { sessions } = (await readJson(run.paths.environment, ENVIRONMENT_SCHEMA)) as {
        sessions: Session[];
      };
      return sessions.map(({ engine }) => engine?.device);
    };
    await recordEngine(context, choice, ["cuda:0"], {});
    t.deepEqual(await recorded(), ["cuda:0"]);
    await recordEngine(context, choice, ["cuda:0", "cuda:1"], {});
    await recordEngine(context, choice, ["cuda:0"], {});
    t.deepEqual(await recorded(), ["cuda:0,cuda:1"]);
    t.deepEqual(told, ["cuda:0", "cuda:0,cuda:1", "cuda:0"]);
    t.deepEqual(notes, ["Engine: torch, device cuda:0, bf16."]);
    await run.release();
  },
);

test.serial("scoring tells what each worker has done, and in the end that none is at it", async (t) => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  const root = temporaryDirectory();
  const { parameters } = networkNamed("resnet9");
  const weights = { f: `${root}/f.safetensors`, g: `${root}/g.safetensors` };
  for (const [seed, path] of [weights.f, weights.g].entries())
    await writeSafetensors(path, exportWeights(parameters, initialWeights(parameters, seed)));
  const run = await open(`${root}/run`, {
    data: "synthetic:count=60,test=10,size=16,seed=5",
    arch: "resnet9",
    imageSize: "16",
    views: "2",
    scoreBatch: "5",
    parts: "6",
    workers: "2",
    engine: testEngine,
    device: "cpu",
    precision: "fp32",
    cacheImages: "false",
    threads: "1",
  });
  const told: (readonly WorkerProgress[])[] = [];
  const watched: Run = { ...run, scoring: async (workers) => void told.push(workers) };
  const context = stepContext(watched);
  const images = await dividedImages(context);
  await scorePairs(context, images, [weights]);
  await run.release();

  t.deepEqual(told.at(-1), []);
  const last = told.at(-2) ?? [];
  t.deepEqual(
    last.map(({ worker, device }) => [worker, device]),
    [
      [0, "cpu"],
      [1, "cpu"],
    ],
  );
  const sum = (of: (worker: WorkerProgress) => number) =>
    last.reduce((total, worker) => total + of(worker), 0);
  t.is(
    sum(({ parts }) => parts),
    6,
  );
  t.is(
    sum(({ images }) => images),
    images.split.used().length,
  );
  t.true(last.every(({ imagesPerSecond }) => (imagesPerSecond as number) > 0));
});
