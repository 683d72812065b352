import { existsSync } from "node:fs";
import type { Settings } from "../config/all-settings.js";
import type { ViewScheme } from "../native/index.js";
import { buildNetwork, getArchitecture, scoredBy } from "../nn/index.js";
import type { Shard } from "../run/shard.js";
import { planParts, type ScoreProgress, type ScoreRecipe, scorePair } from "../score/index.js";
import { checkGiven } from "../text/given.js";
import type { RunImages } from "./divided-images.js";
import { type StepContext, settleEngine } from "./step-context.js";
import type { TrainedPair } from "./train.js";

/** Those who watch the run hear that often what each worker has done. */
const TOLD_EVERY_MS = 2000;

/**
 * Scores the images of the split (without one: all images) under every pair. Parts that are there are kept; with a shard
 * only its own are made. Throws SslMemError as scorePair.
 */
export async function scorePairs(
  context: StepContext,
  images: RunImages,
  pairs: readonly TrainedPair[],
  shard: Shard | null = null,
): Promise<void> {
  checkGiven("scorePairs", { context, images, pairs }, ["context.run", "images.store", "pairs"]);
  const { split, store } = images;
  const { run, reporter, signal } = context;
  const { settings } = run.resolved;
  const engine = await settleEngine(context);
  let told = Number.NEGATIVE_INFINITY;
  const tellWatchers = ({ done, total, workers }: ScoreProgress) => {
    if (done < total && performance.now() - told < TOLD_EVERY_MS) return;
    told = performance.now();
    run.scoring(workers).catch(() => {}); // a disk that is slow or full for a moment costs a look, not the run
  };
  for (const [pair, weights] of pairs.entries()) {
    reporter.start(pairs.length === 1 ? "scoring" : `scoring pair ${pair}`);
    try {
      const result = await scorePair({
        recipe: scoreRecipe(settings),
        store,
        split,
        f: weights.f,
        g: weights.g,
        pair,
        directory: run.paths.pairScores(pair),
        parts: settings.parts,
        shard: shard === null ? null : { index: shard.index, count: shard.count },
        workers: settings.workers,
        keepViews: settings.keepViews,
        engine,
        viewSettings: { decode: settings.decode, onNote: (text) => reporter.note(text) },
        ...(signal === undefined ? {} : { signal }),
        onProgress: (progress) => {
          const { done, total, imagesPerSecond } = progress;
          reporter.update({ done, total, imagesPerSecond, etaSeconds: (total - done) / imagesPerSecond });
          tellWatchers(progress);
        },
      });
      const part = shard === null ? "" : ` in shard ${shard.index + 1} of ${shard.count}`;
      const on = result.devices.length > 1 ? ` on ${result.devices.join(", ")}` : "";
      reporter.finish(
        `${result.images} images${part}, ${result.scored} of them now${on}, ${result.seconds.toFixed(0)} s`,
      );
    } catch (error) {
      reporter.finish("stopped");
      throw error;
    } finally {
      await run.scoring([]).catch(() => {});
    }
  }
}

/** How the settings say that images are compared. Throws SslMemError USAGE as buildNetwork. */
export function scoreRecipe(settings: Settings): ScoreRecipe {
  checkGiven("scoreRecipe", { settings }, ["settings.arch"]);
  const network = buildNetwork(getArchitecture(settings.arch), settings.imageSize);
  return {
    architecture: settings.arch,
    layer: settings.layer,
    pooling: scoredBy(network, settings.pooling),
    policy: settings.scorePolicy ?? settings.policy,
    imageSize: settings.imageSize,
    views: settings.views,
    distance: settings.distance,
    scheme: settings.viewScheme as ViewScheme,
    normalize: settings.normalize,
    seed: settings.scoreSeed,
    batch: settings.scoreBatch,
  };
}

/** Every part file that the run's scores consist of, and which of them are not there yet. */
export function scoreParts(
  context: StepContext,
  images: RunImages,
  pairs: number,
): { paths: string[]; missing: string[] } {
  checkGiven("scoreParts", { context, images, pairs }, ["context.run", "images.manifest", "pairs"]);
  const { run } = context;
  const { manifest, split } = images;
  const { scoreBatch, parts } = run.resolved.settings;
  const count = (split?.used() ?? manifest.used).length;
  const paths = Array.from({ length: pairs }, (_, pair) =>
    planParts(count, scoreBatch, parts, run.paths.pairScores(pair)).map(({ path }) => path),
  ).flat();
  return { paths, missing: paths.filter((path) => !existsSync(path)) };
}
