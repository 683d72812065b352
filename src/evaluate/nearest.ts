import { matMul32 } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";

/**
 * Distance from each representation to the nearest other one, l2 between unit vectors (0 to 2). An engine must be open.
 *
 * @param values float32 [images, dim] @param references rows among which the nearest is looked for; a row is not its own
 * nearest @returns [images]; NaN where there is no other row
 */
export function nearestDistances(values: Float32Array, dim: number, references: Uint32Array): Float32Array {
  const n = values.length / dim;
  const result = new Float32Array(n).fill(Number.NaN);
  const rows = 256;
  const row = (index: number) => values.subarray(index * dim, (index + 1) * dim);
  const unit = (x: tf.Tensor2D) => tf.div(x, tf.maximum(tf.norm(x, 2, 1, true), 1e-12)) as tf.Tensor2D;
  const gathered = new Float32Array(references.length * dim);
  for (const [i, row] of references.entries())
    gathered.set(values.subarray(row * dim, (row + 1) * dim), i * dim);
  const known = tf.tidy(() => unit(tf.tensor2d(gathered, [references.length, dim])));
  const k = Math.min(2, references.length);
  for (let start = 0; start < n; start += rows) {
    const count = Math.min(rows, n - start);
    const places = tf.tidy(() => {
      const asked = unit(tf.tensor2d(values.subarray(start * dim, (start + count) * dim), [count, dim]));
      return tf.topk(matMul32(asked, known, false, true), k, true).indices;
    });
    const indices = places.dataSync();
    places.dispose();
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < k; j++) {
        const neighbour = references[indices[i * k + j] as number] as number;
        if (neighbour === start + i) continue;
        // Computed again from the two rows: √(2 − 2 cos) has lost its digits where the distance is small.
        result[start + i] = unitDistance(row(start + i), row(neighbour));
        break;
      }
    }
  }
  known.dispose();
  return result;
}

/** l2 distance of two rows scaled to unit length, in float64. */
function unitDistance(a: Float32Array, b: Float32Array): number {
  const [lengthA, lengthB] = [a, b].map((x) => Math.max(Math.hypot(...x), 1e-12)) as [number, number];
  return Math.hypot(...Array.from(a, (v, i) => v / lengthA - (b[i] as number) / lengthB));
}
