import { matMul32, unitRows } from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";

/** Softness of the votes: Wu et al. 2018 (arXiv 1805.01978), section 3.4. */
const VOTE_TEMPERATURE = 0.07;

/** Neighbours that vote, as in the SSL literature (Wu et al. 2018); a tenth of the images in small sets. */
const NEIGHBOURS = 200;

/** How many neighbours vote when nobody says. @param images training images */
export function defaultNeighbours(images: number): number {
  return Math.max(1, Math.min(NEIGHBOURS, Math.floor(images / 10)));
}

export interface LabelledRepresentations {
  /** float32 [images, dim] */
  values: Float32Array;
  dim: number;
  /** [images] class numbers */
  labels: ArrayLike<number>;
}

/**
 * Accuracy of the weighted k-nearest-neighbour classifier of Wu et al. 2018: each of the k training images with the
 * largest cosine votes for its class with weight exp(cosine / 0.07). Ties go to the smaller class number. An engine must
 * be open.
 *
 * @param k neighbours; no more than there are training images are used
 * @returns share of test images whose class is found, in [0, 1], and the k that was used
 * @throws SslMemError USAGE for empty sets or different lengths of representation
 */
export function knnAccuracy(
  train: LabelledRepresentations,
  test: LabelledRepresentations,
  k: number,
): { accuracy: number; k: number } {
  const [n, m] = [train.labels.length, test.labels.length];
  if (n === 0 || m === 0 || train.dim !== test.dim) {
    throw new SslMemError(
      "USAGE",
      `Expected labelled images of one length of representation but received ${n} of ${train.dim} and ${m} of ${test.dim}.`,
    );
  }
  const neighbours = Math.min(k, n);
  let right = 0;
  for (let start = 0; start < m; start += 256) {
    const count = Math.min(256, m - start);
    const { values, indices } = nearest(
      train,
      test.values.subarray(start * test.dim, (start + count) * test.dim),
      count,
      neighbours,
    );
    for (let row = 0; row < count; row++) {
      const votes = new Map<number, number>();
      for (let i = row * neighbours; i < (row + 1) * neighbours; i++) {
        const label = train.labels[indices[i] as number] as number;
        votes.set(label, (votes.get(label) ?? 0) + Math.exp((values[i] as number) / VOTE_TEMPERATURE));
      }
      const winner = [...votes].sort(([a, x], [b, y]) => y - x || a - b)[0]?.[0];
      if (winner === test.labels[start + row]) right += 1;
    }
  }
  return { accuracy: right / m, k: neighbours };
}

function nearest(train: LabelledRepresentations, rows: Float32Array, count: number, k: number) {
  const [values, indices] = tf.tidy(() => {
    const known = unitRows(tf.tensor2d(train.values, [train.labels.length, train.dim]));
    const asked = unitRows(tf.tensor2d(rows, [count, train.dim]));
    const top = tf.topk(matMul32(asked, known, false, true), k, true);
    return [top.values, top.indices];
  }) as [tf.Tensor, tf.Tensor];
  const result = { values: values.dataSync() as Float32Array, indices: indices.dataSync() as Int32Array };
  tf.dispose([values, indices]);
  return result;
}
