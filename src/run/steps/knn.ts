import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KnnResult } from "../../analyze/index.js";
import { type ImageStore, type Manifest, openStore, type Split } from "../../data/index.js";
import { embedImages, knnAccuracy, type LabelledRepresentations } from "../../evaluate/index.js";
import { loadEncoder } from "../../nn/index.js";
import { replaceFile } from "../../tables/index.js";
import { pairIndices } from "../../train/index.js";
import { type StepContext, startEngine } from "../context.js";
import { storeDescriptor } from "./images.js";
import type { TrainedPair } from "./train.js";

/** Neighbours that vote, as in the SSL literature (Wu et al. 2018); a tenth of the images in small sets. */
const NEIGHBOURS = 200;
const neighboursOf = (images: number) => Math.max(1, Math.min(NEIGHBOURS, Math.floor(images / 10)));

/**
 * kNN accuracy of both encoders of every pair on the external images, with the images that the encoder trained on as
 * neighbours; nothing where the data set has no labels. Kept in scores/knn.json for the same weights.
 */
export async function knnOfPairs(
  context: StepContext,
  manifest: Manifest,
  split: Split,
  pairs: readonly TrainedPair[],
): Promise<KnnResult[]> {
  const external = split.indices("external");
  if (manifest.facts.labelNames === null || external.length === 0) return [];
  const path = join(context.run.paths.scores, "knn.json");
  const key = JSON.stringify(pairs);
  const kept = await readFile(path, "utf8").then(JSON.parse, () => null);
  if (kept?.schema === "sslmem/knn@1" && kept.key === key) return kept.results as KnnResult[];
  const { settings } = context.run.resolved;
  const trained = pairIndices(split);
  const store = await openStore(storeDescriptor(context, manifest));
  const results: KnnResult[] = [];
  context.reporter.start("kNN accuracy");
  try {
    await startEngine(context);
    for (const [pair, weights] of pairs.entries()) {
      for (const encoder of ["f", "g"] as const) {
        const loaded = await loadEncoder(settings.arch, weights[encoder]);
        const options = { imageSize: settings.imageSize, signal: context.signal };
        const train = await labelled(store, loaded, trained[encoder], options);
        const test = await labelled(store, loaded, external, options);
        loaded.dispose();
        results.push({
          encoder,
          pair,
          n: external.length,
          ...knnAccuracy(train, test, neighboursOf(train.labels.length)),
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

async function labelled(
  store: ImageStore,
  encoder: Awaited<ReturnType<typeof loadEncoder>>,
  indices: Uint32Array,
  options: Parameters<typeof embedImages>[3],
): Promise<LabelledRepresentations> {
  const values = new Float32Array(indices.length * encoder.dim);
  let at = 0;
  for await (const batch of embedImages(store, encoder, indices, options)) {
    values.set(batch.values, at);
    at += batch.values.length;
  }
  return {
    values,
    dim: encoder.dim,
    labels: Array.from(indices, (index) => store.manifest.entry(index).label ?? -1),
  };
}
