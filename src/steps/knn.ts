import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KnnResult } from "../analyze/index.js";
import { openStore } from "../data/index.js";
import {
  defaultNeighbours,
  embeddingBatch,
  knnAccuracy,
  labelledRepresentations,
} from "../evaluate/index.js";
import { replaceFile } from "../files/index.js";
import { getArchitecture, loadEncoder, probedBy } from "../nn/index.js";
import { checkGiven } from "../text/given.js";
import { pairIndices } from "../train/index.js";
import type { DividedImages } from "./divided-images.js";
import { type StepContext, startEngine } from "./step-context.js";
import type { TrainedPair } from "./train.js";

/**
 * kNN accuracy of both encoders of every pair on the external images, with the images that the encoder trained on as
 * neighbours, by the pooled representations where --pooling is auto; nothing where the data set has no labels. Kept in
 * scores/knn.json for the same weights.
 */
export async function knnOfPairs(
  context: StepContext,
  images: DividedImages,
  pairs: readonly TrainedPair[],
): Promise<KnnResult[]> {
  checkGiven("knnOfPairs", { context, images, pairs }, ["context.run", "images.split", "pairs"]);
  const { manifest, split, store: descriptor } = images;
  const external = split.indices("external");
  if (manifest.facts.labelNames === null || external.length === 0) return [];
  const path = join(context.run.paths.scores, "knn.json");
  const { settings } = context.run.resolved;
  const pooling = probedBy(settings.pooling);
  // Earlier versions had nothing but the pooled representation.
  const key = JSON.stringify(pooling === "pooled" ? pairs : { pairs, pooling });
  // A file that does not parse is made again, as one that is not there.
  const kept = await readFile(path, "utf8")
    .then(JSON.parse)
    .catch(() => null);
  if (kept?.schema === "sslmem/knn@1" && kept.key === key) return kept.results as KnnResult[];
  const architecture = getArchitecture(settings.arch);
  const { imageSize } = settings;
  const trained = pairIndices(split);
  const store = await openStore(descriptor);
  const results: KnnResult[] = [];
  const batch = embeddingBatch((line) => context.reporter.note(line));
  context.reporter.start("kNN accuracy");
  try {
    await startEngine(context);
    for (const [pair, weights] of pairs.entries()) {
      for (const encoder of ["f", "g"] as const) {
        const loaded = await loadEncoder(architecture, weights[encoder], { imageSize, pooling });
        const options = { imageSize, batch, signal: context.signal };
        const train = await labelledRepresentations(store, loaded, trained[encoder], options);
        const test = await labelledRepresentations(store, loaded, external, options);
        loaded.dispose();
        results.push({
          encoder,
          pair,
          n: external.length,
          ...knnAccuracy(train, test, defaultNeighbours(train.labels.length)),
        });
      }
    }
    await replaceFile(path, (temporary) =>
      writeFile(temporary, JSON.stringify({ schema: "sslmem/knn@1", key, results })),
    );
    context.reporter.finish();
  } finally {
    await store.close();
  }
  return results;
}
