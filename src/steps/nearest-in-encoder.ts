import { valuesAt } from "../arrays.js";
import type { ImageStore } from "../data/index.js";
import { embeddingBatch, embedImages, nearestDistances } from "../evaluate/index.js";
import { keyOf, randomPermutation } from "../native/index.js";
import { getArchitecture, loadEncoder } from "../nn/index.js";
import { type StepContext, startEngine } from "./step-context.js";

/** Images beyond which the nearest neighbour is looked for among so many of them, drawn by the score seed. */
const MOST_REFERENCES = 20_000;
/** Most bytes of their representations: whole maps of a captured layer are long. */
const REFERENCE_BYTES = 2 ** 31;

/**
 * Distance of every image to its nearest neighbour among the others, or among a sample of them, in an encoder's space.
 *
 * @param weights its file @returns [images] Euclidean, of representations of unit length
 */
export async function nearestInEncoder(
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
      embedImages(store, encoder, valuesAt(indices, places), { imageSize, batch, signal });
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
