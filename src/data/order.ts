import { keyOf, randomPermutation } from "../native/index.js";

/**
 * The batches of one epoch: a permutation of the positions, cut into whole batches; the rest is left out. A pure
 * function of its arguments, so that training resumes at any step.
 *
 * @param indices manifest indices; f and g give theirs in matching positions
 * @param batch images per batch, in [1, indices.length]
 */
export function epochBatches(
  indices: Uint32Array,
  { seed, epoch, batch }: { seed: number; epoch: number; batch: number },
): Uint32Array[] {
  const key = keyOf("epochOrder", seed, { epoch });
  const order = randomPermutation(key, new Uint32Array(indices.length));
  const count = Math.floor(indices.length / batch);
  return Array.from({ length: count }, (_, b) =>
    Uint32Array.from({ length: batch }, (_, i) => indices[order[b * batch + i] as number] as number),
  );
}
