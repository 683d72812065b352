import { existsSync } from "node:fs";
import { type ImageStore, type ManifestEntry, openStore } from "../data/index.js";
import { embeddingBatch, embedImages, nearestDistances } from "../evaluate/index.js";
import {
  closeHashes,
  clusterSizes,
  type HashPair,
  type ImageFacts,
  imageFacts,
  perceptualHash,
  similarity,
  thumbnailOf,
} from "../facts/index.js";
import { keyOf, randomPermutation } from "../native/index.js";
import { getArchitecture, loadEncoder } from "../nn/index.js";
import { computedColumn, readMetadata, writeParquet } from "../tables/index.js";
import type { RunImages } from "./divided-images.js";
import { type StepContext, startEngine } from "./step-context.js";
import type { TrainedPair } from "./train.js";

const SCHEMA = "sslmem/facts@1";
const AT_ONCE = 256;
/** Images beyond which the nearest neighbour is looked for among so many of them, drawn by the score seed. */
const MOST_REFERENCES = 20_000;
/** Most bytes of their representations: whole maps of a captured layer are long. */
const REFERENCE_BYTES = 2 ** 31;
/** Correlation of thumbnails from which a pair with close hashes counts as near-duplicate (seen on CIFAR-10: all of them are). */
const ALIKE = 0.8;

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
    const duplicates = await verified(store, indices, closeHashes(hashes), signal);
    reporter.finish(`${indices.length} images, ${duplicates.length} pairs of near-duplicates`);
    const nearest = weights === null ? null : await nearestInF(context, store, indices, weights);
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
      Uint32Array.from(duplicates, (pair) => indices[pair[name]] as number);
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

/** Facts and hashes of the images, a number each: objects would take ten times as much. */
async function pixelFacts({ reporter, signal }: StepContext, store: ImageStore, indices: Uint32Array) {
  const numbers = () => new Float64Array(indices.length);
  const facts: Record<keyof ImageFacts, Float64Array> = {
    brightness: numbers(),
    contrast: numbers(),
    colourfulness: numbers(),
    entropy: numbers(),
    edge_density: numbers(),
  };
  const hashes = new BigUint64Array(indices.length);
  let done = 0;
  for (let start = 0; start < indices.length; start += AT_ONCE) {
    signal?.throwIfAborted();
    const { pack, slots, release } = await store.load(indices.slice(start, start + AT_ONCE));
    try {
      for (const slot of slots) {
        const { pixels, height, width } = pack.image(slot);
        for (const [name, value] of Object.entries(imageFacts(pixels, height, width)))
          facts[name as keyof ImageFacts][done] = value;
        hashes[done] = BigInt(`0x${perceptualHash(thumbnailOf(pixels, height, width))}`);
        done += 1;
      }
    } finally {
      release();
    }
    reporter.update({ done, total: indices.length });
    // Signals are heard only between turns of the event loop.
    await new Promise((done) => setImmediate(done));
  }
  return { facts, hashes };
}

const hexOf = (hash: bigint) => hash.toString(16).padStart(16, "0");

/** The pairs whose pictures are alike, too; images are read again, since few are concerned. */
async function verified(
  store: ImageStore,
  indices: Uint32Array,
  pairs: readonly HashPair[],
  signal: AbortSignal | undefined,
): Promise<(HashPair & { similarity: number })[]> {
  const thumbnail = async (place: number): Promise<Float64Array> => {
    const { pack, slots, release } = await store.load(Uint32Array.of(indices[place] as number));
    try {
      const { pixels, height, width } = pack.image(slots[0] as number);
      return thumbnailOf(pixels, height, width);
    } finally {
      release();
    }
  };
  const found: (HashPair & { similarity: number })[] = [];
  // Pairs come in the order of their first image, which is then read once.
  let first = { place: -1, thumbnail: new Float64Array() as Float64Array };
  for (const pair of pairs) {
    signal?.throwIfAborted();
    if (first.place !== pair.first) first = { place: pair.first, thumbnail: await thumbnail(pair.first) };
    const alike = similarity(first.thumbnail, await thumbnail(pair.second));
    if (alike >= ALIKE) found.push({ ...pair, similarity: alike });
  }
  return found;
}

/** Distance of every image to its nearest neighbour in the space of the first pair's f. */
async function nearestInF(
  context: StepContext,
  store: ImageStore,
  indices: Uint32Array,
  weights: string,
): Promise<Float32Array> {
  const { run, reporter, signal } = context;
  const { arch, layer, pooling, imageSize, scoreSeed: seed } = run.resolved.settings;
  await startEngine(context);
  const encoder = await loadEncoder(getArchitecture(arch, run.resolved.settings), weights, {
    imageSize,
    layer,
    pooling,
  });
  const batch = embeddingBatch((line) => reporter.note(line));
  reporter.start("nearest neighbours");
  try {
    const embed = (places: Uint32Array) =>
      embedImages(
        store,
        encoder,
        places.map((place) => indices[place] as number),
        { imageSize, batch, signal },
      );
    let dim = 1;
    for await (const one of embed(Uint32Array.of(0))) dim = one.dim;
    const most = Math.min(MOST_REFERENCES, Math.floor(REFERENCE_BYTES / (4 * dim)));
    const order = randomPermutation(keyOf("nearestReferences", seed), new Uint32Array(indices.length));
    const references = order.slice(0, most);
    let done = 0;
    const nearest = await nearestDistances(indices.length, references, async function* (places) {
      for await (const block of embed(places)) {
        yield block;
        done += block.indices.length;
        reporter.update({ done, total: indices.length });
      }
    });
    reporter.finish(`among ${references.length} images`);
    return nearest;
  } finally {
    encoder.dispose();
  }
}
