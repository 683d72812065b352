import { existsSync } from "node:fs";
import { valuesAt } from "../arrays.js";
import { type ManifestEntry, openStore } from "../data/index.js";
import { closeHashes, clusterSizes } from "../facts/index.js";
import { computedColumn, readMetadata, writeParquet } from "../tables/index.js";
import type { RunImages } from "./divided-images.js";
import { nearestInEncoder } from "./nearest-in-encoder.js";
import { alikePairs, pixelFacts } from "./pixel-facts.js";
import type { StepContext } from "./step-context.js";
import type { TrainedPair } from "./train.js";

const SCHEMA = "sslmem/facts@1";

/** Files that the analysis reads beside the scores. */
export interface FactFiles {
  facts: string;
  duplicates: string;
}

/**
 * Writes facts.parquet (one row a used image: index, the facts of analyze/facts.ts, phash) and duplicates.parquet (pairs of
 * near-duplicates: first, second, distance in bits, similarity), or keeps those that are there for the same images and
 * weights. Null when the run's settings want none.
 */
export async function imageFactsOf(
  context: StepContext,
  { manifest, split, store: descriptor }: RunImages,
  pairs: readonly TrainedPair[],
): Promise<FactFiles | null> {
  const { run, reporter, signal } = context;
  const { settings } = run.resolved;
  if (settings.imageFacts === "none") return null;
  const files = { facts: run.paths.facts, duplicates: run.paths.duplicates };
  const indices = split?.used() ?? manifest.used;
  const weights = settings.imageFacts === "all" ? (pairs[0]?.f ?? null) : null;
  const metadata = {
    schema: SCHEMA,
    configuration: JSON.stringify({
      manifest: manifest.hash,
      images: indices.length,
      weights,
      layer: settings.layer,
      imageSize: settings.imageSize,
      seed: settings.scoreSeed,
      // Earlier versions had nothing but an architecture's own.
      ...(settings.pooling === "auto" ? {} : { pooling: settings.pooling }),
    }),
  };
  if (Object.values(files).every(existsSync)) {
    // What cannot be read is made again, as what is not there.
    const [kept, duplicates] = await Promise.all(
      [files.facts, files.duplicates].map((path) => readMetadata(path).catch(() => null)),
    );
    if (duplicates && kept?.schema === SCHEMA && kept.configuration === metadata.configuration) return files;
  }
  const store = await openStore(descriptor);
  reporter.start("image facts");
  try {
    const { facts, hashes } = await pixelFacts(context, store, indices);
    const duplicates = await alikePairs(store, indices, closeHashes(hashes), signal);
    reporter.finish(`${indices.length} images, ${duplicates.length} pairs of near-duplicates`);
    const nearest = weights === null ? null : await nearestInEncoder(context, store, indices, weights);
    const ofEntry = (value: (entry: ManifestEntry) => number) =>
      computedColumn("f64", indices.length, (row) => value(manifest.entry(indices[row] as number)));
    await writeParquet(
      files.facts,
      {
        index: indices,
        ...facts,
        bytes: ofEntry(({ bytes }) => bytes),
        pixels: ofEntry(({ width, height }) => width * height),
        near_duplicates: clusterSizes(indices.length, duplicates),
        ...(nearest === null ? {} : { nearest }),
        phash: computedColumn("string", hashes.length, (row) => hexOf(hashes[row] as bigint)),
      },
      metadata,
    );
    const image = (name: "first" | "second") =>
      valuesAt(
        indices,
        duplicates.map((pair) => pair[name]),
      );
    await writeParquet(
      files.duplicates,
      {
        first: image("first"),
        second: image("second"),
        distance: Int32Array.from(duplicates, ({ distance }) => distance),
        similarity: Float64Array.from(duplicates, (pair) => pair.similarity),
      },
      metadata,
    );
    return files;
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  } finally {
    await store.close();
  }
}

const hexOf = (hash: bigint) => hash.toString(16).padStart(16, "0");
