import { basename, join } from "node:path";
import { openStore, type Split } from "../data/index.js";
import { SslMemError } from "../errors.js";
import { collapsedEncoder } from "../run/collapsed.js";
import { checkedPairPlan, pairPlan } from "../run/training-plan.js";
import { checkGiven } from "../text/given.js";
import { collapseOf } from "../train/collapse.js";
import {
  beginsAsNow,
  checkTrained,
  imagesDigest,
  latestConfiguration,
  latestNetwork,
  latestWeights,
  pairIndices,
  recipeOf,
  trainEncoder,
} from "../train/index.js";
import { readMetrics } from "../train/metrics.js";
import type { DividedImages } from "./divided-images.js";
import { type StepContext, startEngine } from "./step-context.js";
import { isBegun } from "./trainable.js";

const ROLES = ["f", "g"] as const;

/** Weights of one trained pair. */
export interface TrainedPair {
  readonly f: string;
  readonly g: string;
}

/**
 * Trains f and g of every pair, each going on from its last checkpoint. Returns the paths of the weights to score them by, which
 * --network says. Throws SslMemError as trainEncoder.
 */
export async function trainPairs(context: StepContext, images: DividedImages): Promise<TrainedPair[]> {
  checkGiven("trainPairs", { context, images }, ["context.run", "images.split"]);
  return networksOf(context, (await trainEncoders(context, images, ROLES)) as TrainedPair[]);
}

/** Whether all encoders of a run are trained to the end: not where --stop-after stopped them. */
export async function isTrained(context: OfRun, split: Split): Promise<boolean> {
  const indices = pairIndices(split);
  const { steps } = pairPlan(context.run.resolved, { f: indices.f.length, g: indices.g.length });
  return (await finishedPairs(context, steps, indices)) !== null;
}

/** What is scored of pairs that have been trained. */
async function networksOf({ run }: OfRun, pairs: readonly TrainedPair[]): Promise<TrainedPair[]> {
  const { network } = run.resolved.settings;
  const of = async (role: "f" | "g", pair: number) =>
    (await latestNetwork(run.paths.encoder(role, pair), network))?.weights as string;
  return Promise.all(pairs.map(async (_, pair) => ({ f: await of("f", pair), g: await of("g", pair) })));
}

/** The same for only one of the two, for experiments that need no score. */
export async function trainEncoders(
  context: StepContext,
  { manifest, split, store: descriptor }: DividedImages,
  roles: readonly ("f" | "g")[],
): Promise<Partial<TrainedPair>[]> {
  const { run, reporter, signal } = context;
  const { settings } = run.resolved;
  const indices = pairIndices(split);
  const trained: Partial<TrainedPair>[] = [];
  const fewest = Math.min(indices.f.length, indices.g.length);
  const { batch, steps } = checkedPairPlan(run.resolved, { f: indices.f.length, g: indices.g.length });
  if (batch !== settings.batch)
    reporter.note(`Batch: ${batch}, since there are only ${fewest} images to train on.`);
  const done = await finishedPairs(context, steps, indices);
  if (done !== null) return done;
  await checkBeginnings(context);
  const partsAsBegun = isBegun(run.paths, settings.pairs);
  const store = await openStore(descriptor);
  try {
    await startEngine(context);
    for (let pair = 0; pair < settings.pairs; pair++) {
      const weights: Partial<Record<"f" | "g", string>> = {};
      for (const role of roles) {
        const done = stepOf((await latestWeights(run.paths.encoder(role, pair))) ?? "");
        const from = done > 0 && done < steps[role] ? ` from step ${done}` : "";
        reporter.start(`training ${role}${settings.pairs === 1 ? "" : ` of pair ${pair}`}${from}`);
        try {
          const result = await trainEncoder({
            ...recipeOf(settings, pair, role),
            batch,
            partsAsBegun,
            role,
            directory: run.paths.encoder(role, pair),
            indices: indices[role],
            store,
            manifestHash: manifest.hash,
            stopAfterSteps: settings.stopAfter ?? undefined,
            reportEverySteps: settings.logEvery,
            checkpointEverySteps: settings.checkpointSteps,
            checkpointEveryMinutes: settings.checkpointMinutes,
            threads: settings.threads ?? undefined,
            cudaGraphs: settings.cudaGraphs,
            onNote: (text) => reporter.note(text),
            signal,
            onProgress: ({ step, steps, loss, imagesPerSecond, etaSeconds }) =>
              reporter.update({ done: step, total: steps, loss, imagesPerSecond, etaSeconds }),
          });
          weights[role] = result.weights;
          const loss = result.loss === null ? "" : `, loss ${result.loss.toFixed(3)}`;
          reporter.finish(`${result.step} steps${loss}, ${result.seconds.toFixed(0)} s`);
          const said = collapseOf(
            await readMetrics(join(run.paths.encoder(role, pair), "metrics.jsonl"), settings.method),
            settings,
          );
          if (said !== null) reporter.warn(collapsedEncoder(role, pair, settings.pairs, said));
        } catch (error) {
          reporter.finish("stopped");
          throw error;
        }
      }
      trained.push(weights);
    }
  } finally {
    await store.close();
  }
  return trained;
}

/**
 * Refuses a pair of which one encoder was begun by an earlier version, with other initial values, and the other was not begun:
 * they would differ by more than their data. Throws SslMemError USAGE.
 */
async function checkBeginnings({ run }: OfRun): Promise<void> {
  for (let pair = 0; pair < run.resolved.settings.pairs; pair++) {
    const begun = await Promise.all(ROLES.map((role) => latestConfiguration(run.paths.encoder(role, pair))));
    const there = begun.filter((one) => one !== null);
    if (there.length === 0 || there.every(beginsAsNow)) continue;
    if (there.length === 2 && !there.some(beginsAsNow)) continue;
    throw new SslMemError(
      "USAGE",
      `Expected f and g of one version, which begin with the same values, but only one of them in ${run.paths.root} was begun by an earlier version.`,
      "--force starts both over; another --run leaves it as it is",
    );
  }
}

/** What tells where the files of a run are, and with which settings they are made. */
interface OfRun {
  readonly run: Pick<StepContext["run"], "paths" | "resolved">;
}

/** The final weights of every pair if all are trained to the end, else null. Throws SslMemError DATA as checkTrained. */
async function finishedPairs(
  { run }: OfRun,
  steps: Readonly<Record<"f" | "g", number>>,
  indices: Readonly<Record<"f" | "g", Uint32Array>>,
): Promise<TrainedPair[] | null> {
  const pairs: TrainedPair[] = [];
  for (let pair = 0; pair < run.resolved.settings.pairs; pair++) {
    const [f, g] = await Promise.all(ROLES.map((role) => latestWeights(run.paths.encoder(role, pair))));
    if (!f || !g || stepOf(f) !== steps.f || stepOf(g) !== steps.g) return null;
    for (const role of ROLES) await checkTrained(run.paths.encoder(role, pair), imagesDigest(indices[role]));
    pairs.push({ f, g });
  }
  return pairs;
}

/** The weights to score a run with. Throws SslMemError DATA when the training has not been finished. */
export async function trainedPairs(context: OfRun, split: Split): Promise<TrainedPair[]> {
  checkGiven("trainedPairs", { context, split }, ["context.run", "split"]);
  const indices = pairIndices(split);
  const images = { f: indices.f.length, g: indices.g.length };
  const { steps } = pairPlan(context.run.resolved, images);
  const pairs = await finishedPairs(context, steps, indices);
  if (pairs !== null) return networksOf(context, pairs);
  throw new SslMemError(
    "DATA",
    `Expected trained encoders in ${context.run.paths.root} but f and g have not been trained to the end.`,
    `sslmem train --run ${context.run.paths.root}`,
  );
}

const stepOf = (path: string): number => Number(/^step-(\d+)\./.exec(basename(path))?.[1]);
