import type { Settings } from "../config/all-settings.js";
import type { Resolved } from "../config/resolve.js";
import type { ImageList } from "../data/image-list.js";
import { Manifest, openStore, Split } from "../data/index.js";
import { SslMemError } from "../errors.js";
import { runPaths } from "../run/paths.js";
import type { Reporter } from "../run/reporter.js";
import { pairPlan } from "../run/training-plan.js";
import { StepOrder } from "../train/step-data.js";
import { pairIndices, pairSeeds } from "../train/training-pair.js";
import type { HostViews } from "../views/host.js";
import { nameSkipped, openAllImages } from "./open-data.js";
import { dataOf } from "./settings-for.js";

/** Some images whose views are made at once. */
export interface TrainingImages {
  /** From 1, as metrics.jsonl counts; null for images that no run says the order of. */
  readonly step: number | null;
  /** From 0. */
  readonly epoch: number;
  /** Indices in the manifest, in the order of the step. */
  readonly samples: Uint32Array;
}

/** The images that views are written of. */
export interface ImagesOfTraining {
  readonly store: HostViews["store"];
  readonly images: ImageList;
  /** Those that are trained on; of images that no run divides, all. */
  readonly indices: Uint32Array;
  /** Images in all, at most. */
  readonly most: number;
  /** Seed of the views. */
  readonly seed: number;
  batches(): AsyncIterable<TrainingImages>;
  /** For when all have been gone through: how many could be read, and what could not. */
  readAll(): { images: number; skipped: Manifest["facts"]["skipped"] };
  close(): Promise<void>;
}

/** Steps of the training of one encoder. */
export interface StepsOfRun {
  readonly root: string;
  readonly encoder: "f" | "g";
  readonly pair: number;
  /** First and last, from 1; null: those of `epoch`. */
  readonly steps: readonly [number, number] | null;
}

/** The images of some steps of a run's encoder, out of the run's files: what was listed, the split, the settings. */
export async function imagesOfSteps(
  { settings, from, preset }: Resolved,
  { root, encoder, pair, steps }: StepsOfRun,
  epoch: number,
): Promise<ImagesOfTraining> {
  const paths = runPaths(root);
  const manifest = await Manifest.read(paths.manifest);
  const split = await Split.read(paths.split, manifest);
  const trained = pairIndices(split);
  const indices = trained[encoder];
  const { batch, steps: all } = pairPlan(
    { settings, from, preset },
    { f: trained.f.length, g: trained.g.length },
  );
  const { seed, orderSeed } = pairSeeds(settings.seed, pair, encoder, settings.pairSeeds === "independent");
  const order = new StepOrder(indices, orderSeed, batch);
  const [first, last] = steps ?? [epoch * order.perEpoch + 1, (epoch + 1) * order.perEpoch];
  if (first < 1 || last < first || last > all[encoder])
    throw new SslMemError(
      "USAGE",
      `Expected steps in [1, ${all[encoder]}], which the training of ${encoder} has (${order.perEpoch} an epoch), but received ${first} to ${last}.`,
      "--steps 1",
    );
  const store = await openStore({ manifest, data: dataOf(settings), packPath: null });
  return {
    store,
    images: manifest.images,
    indices,
    most: (last - first + 1) * batch,
    seed,
    async *batches() {
      for (let step = first; step <= last; step++) yield { step, ...order.of(step - 1) };
    },
    readAll: () => ({ images: (last - first + 1) * batch, skipped: [] }),
    close: () => store.close(),
  };
}

const MOST_IMAGES_AT_ONCE = 64;

/** All images of a data set as a training takes them in an epoch, in their own order: no run says which are trained on, and when. */
export async function imagesOfData(
  settings: Settings,
  epoch: number,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<ImagesOfTraining> {
  const reader = await openAllImages(settings, reporter, signal);
  const { images } = reader;
  return {
    store: reader,
    images,
    indices: Uint32Array.from({ length: images.count }, (_, index) => index),
    most: images.count,
    seed: settings.seed,
    async *batches() {
      for await (const samples of reader.batches(MOST_IMAGES_AT_ONCE)) yield { step: null, epoch, samples };
    },
    readAll() {
      const manifest = reader.manifest();
      nameSkipped(manifest, reporter);
      return { images: manifest.used.length, skipped: manifest.facts.skipped };
    },
    close: () => reader.close(),
  };
}
