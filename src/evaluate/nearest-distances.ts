import { matMul32, unitRows } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";

/** References that are compared with the references at once. */
const ROWS = 256;

/** Representations of the rows at some places, float32 [rows, dim], block by block in the order of `places`. */
export type RowSource = (places: Uint32Array) => AsyncIterable<{ values: Float32Array; dim: number }>;

/**
 * Distance from each representation to the nearest other one, l2 between unit vectors (0 to 2). The source is asked for each
 * row once, the references first. These stay in memory, 4 · dim bytes each and as much again in the engine; of the other
 * rows only the block at hand does. An engine must be open.
 *
 * @param rows how many there are, at the places from 0 on
 * @param references places of the rows among which the nearest is looked for; a row is not its own nearest
 * @returns [rows]; NaN where there is no other row
 */
export async function nearestDistances(
  rows: number,
  references: Uint32Array,
  source: RowSource,
): Promise<Float32Array> {
  const result = new Float32Array(rows).fill(Number.NaN);
  const kept = await keepReferences(rows, references, source);
  if (kept === null) return result;
  const { values, dim, rank } = kept;
  const reference = (i: number) => values.subarray(i * dim, (i + 1) * dim);
  const known = tf.tidy(() => unitRows(tf.tensor2d(values, [references.length, dim])));
  const k = Math.min(2, references.length);
  const look = (block: Float32Array, places: Uint32Array) => {
    const indices = tf.tidy(() => {
      const asked = unitRows(tf.tensor2d(block, [places.length, dim]));
      return tf.topk(matMul32(asked, known, false, true), k, true).indices;
    });
    const nearest = indices.dataSync() as Int32Array;
    indices.dispose();
    for (const [i, place] of places.entries()) {
      const other = nearest.subarray(i * k, (i + 1) * k).find((found) => references[found] !== place);
      // Computed again from the two rows: √(2 − 2 cos) has lost its digits where the distance is small.
      if (other !== undefined)
        result[place] = unitDistance(block.subarray(i * dim, (i + 1) * dim), reference(other));
    }
  };
  try {
    const held = references.slice().sort();
    for (let start = 0; start < held.length; start += ROWS) {
      const places = held.subarray(start, start + ROWS);
      const block = new Float32Array(places.length * dim);
      for (const [i, place] of places.entries()) block.set(reference(rank[place] as number), i * dim);
      look(block, places);
    }
    const others = Uint32Array.from({ length: rows }, (_, place) => place).filter((p) => rank[p] === -1);
    let at = 0;
    for await (const block of source(others)) {
      const count = block.values.length / dim;
      look(block.values, others.subarray(at, at + count));
      at += count;
    }
  } finally {
    known.dispose();
  }
  return result;
}

/** The references' rows in their order, and for every place which of them it is, or −1; null where there are none. */
async function keepReferences(rows: number, references: Uint32Array, source: RowSource) {
  const rank = new Int32Array(rows).fill(-1);
  for (const [i, place] of references.entries()) rank[place] = i;
  const ascending = references.slice().sort();
  let kept: { values: Float32Array; dim: number; rank: Int32Array } | null = null;
  let at = 0;
  for await (const { values, dim } of source(ascending)) {
    kept ??= { values: new Float32Array(references.length * dim), dim, rank };
    for (let start = 0; start < values.length; start += dim, at++)
      kept.values.set(values.subarray(start, start + dim), (rank[ascending[at] as number] as number) * dim);
  }
  return kept;
}

/** l2 distance of two rows scaled to unit length, in float64. */
function unitDistance(a: Float32Array, b: Float32Array): number {
  const [lengthA, lengthB] = [length(a), length(b)];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) / lengthA - (b[i] as number) / lengthB) ** 2;
  return Math.sqrt(sum);
}

/** Euclidean length of a row, at least 1e-12. Not by Math.hypot: a long row has more values than a call takes arguments. */
function length(x: Float32Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return Math.max(Math.sqrt(sum), 1e-12);
}
