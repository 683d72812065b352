import type { ImageStore } from "../data/index.js";
import {
  type HashPair,
  type ImageFacts,
  imageFacts,
  perceptualHash,
  similarity,
  thumbnailOf,
} from "../facts/index.js";
import type { StepContext } from "./step-context.js";

const AT_ONCE = 256;
/** Correlation of thumbnails from which a pair with close hashes counts as near-duplicate (seen on CIFAR-10: all of them are). */
const ALIKE = 0.8;

/** Facts and perceptual hashes of the images, a number each: objects would take ten times as much. Throws the signal's reason. */
export async function pixelFacts({ reporter, signal }: StepContext, store: ImageStore, indices: Uint32Array) {
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

/**
 * Those of the pairs with close hashes whose pictures are alike, too; images are read again, since few are concerned.
 *
 * @returns the pairs with the correlation of their thumbnails @throws the signal's reason
 */
export async function alikePairs(
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
