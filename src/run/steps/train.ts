import { basename } from "node:path";
import { openStore, type Split } from "../../data/index.js";
import { SslMemError } from "../../errors.js";
import { latestWeights, pairIndices, pairSeeds, type TrainOptions, trainEncoder } from "../../train/index.js";
import { type StepContext, startEngine } from "../context.js";
import { pairPlan } from "../training-plan.js";
import type { DividedImages } from "./images.js";

const ROLES = ["f", "g"] as const;

/** Weights of one trained pair. */
export interface TrainedPair {
  readonly f: string;
  readonly g: string;
}

/**
 * Trains f and g of every pair, each going on from its last checkpoint. Returns the paths of the final weights.
 * Throws SslMemError as trainEncoder.
 */
export async function trainPairs(context: StepContext, images: DividedImages): Promise<TrainedPair[]> {
  return (await trainEncoders(context, images, ROLES)) as TrainedPair[];
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
  const { batch, steps } = pairPlan(run.resolved, { f: indices.f.length, g: indices.g.length });
  if (batch !== settings.batch)
    reporter.note(`Batch: ${batch}, since there are only ${fewest} images to train on.`);
  if (steps.f === 0 || steps.g === 0) {
    throw new SslMemError(
      "USAGE",
      `Expected a batch of at most ${fewest}, the number of training images, but received ${settings.batch}.`,
      `--batch ${Math.max(2, Math.floor(fewest / 2))}`,
    );
  }
  const done = await finishedPairs(context, steps);
  if (done !== null) return done;
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
            ...recipe(context, pair, role),
            batch,
            role,
            directory: run.paths.encoder(role, pair),
            indices: indices[role],
            store,
            manifestHash: manifest.hash,
            checkpointEverySteps: settings.checkpointSteps,
            checkpointEveryMinutes: settings.checkpointMinutes,
            threads: settings.threads ?? undefined,
            decode: settings.decode,
            cudaGraphs: settings.cudaGraphs,
            onNote: (text) => reporter.note(text),
            signal,
            onProgress: ({ step, steps, loss, imagesPerSecond, etaSeconds }) =>
              reporter.update({ done: step, total: steps, loss, imagesPerSecond, etaSeconds }),
          });
          weights[role] = result.weights;
          const loss = result.loss === null ? "" : `, loss ${result.loss.toFixed(3)}`;
          reporter.finish(`${result.step} steps${loss}, ${result.seconds.toFixed(0)} s`);
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

/** The final weights of every pair if all are trained to the end, else null. */
async function finishedPairs(
  { run }: StepContext,
  steps: Readonly<Record<"f" | "g", number>>,
): Promise<TrainedPair[] | null> {
  const pairs: TrainedPair[] = [];
  for (let pair = 0; pair < run.resolved.settings.pairs; pair++) {
    const [f, g] = await Promise.all(ROLES.map((role) => latestWeights(run.paths.encoder(role, pair))));
    if (!f || !g || stepOf(f) !== steps.f || stepOf(g) !== steps.g) return null;
    pairs.push({ f, g });
  }
  return pairs;
}

/** The weights to score a run with. Throws SslMemError DATA when the training has not been finished. */
export async function trainedPairs(context: StepContext, split: Split): Promise<TrainedPair[]> {
  const { f, g } = pairIndices(split);
  const { steps } = pairPlan(context.run.resolved, { f: f.length, g: g.length });
  const pairs = await finishedPairs(context, steps);
  if (pairs !== null) return pairs;
  throw new SslMemError(
    "DATA",
    `Expected trained encoders in ${context.run.paths.root} but f and g have not been trained to the end.`,
    `sslmem train --run ${context.run.paths.root}`,
  );
}

const stepOf = (path: string): number => Number(/^step-(\d+)\./.exec(basename(path))?.[1]);

function recipe({ run }: StepContext, pair: number, role: "f" | "g") {
  const { settings } = run.resolved;
  return {
    architecture: settings.arch,
    method: settings.method,
    policy: settings.policy,
    imageSize: settings.imageSize,
    epochs: settings.epochs,
    batch: settings.batch,
    optimizer: settings.optimizer,
    learningRate: settings.learningRate,
    momentum: settings.momentum,
    weightDecay: settings.weightDecay,
    clipGradientNorm: settings.clipGradientNorm,
    warmup: settings.warmup,
    temperature: settings.temperature,
    projectorHidden: settings.projectorHidden,
    projectorDim: settings.projectorDim,
    projectorNorm: settings.projectorNorm,
    ...pairSeeds(settings.seed, pair, role, settings.pairSeeds === "independent"),
  } satisfies Partial<TrainOptions>;
}
