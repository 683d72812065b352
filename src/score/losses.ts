import * as tf from "../engine/tf.js";
import { alignmentOnDevice, alignsOnDevice } from "../engine/torch/alignment.js";
import { type AlignmentOptions, type AlignmentResult, alignment } from "../native/index.js";
import type { Encoder } from "../nn/types.js";
import { tensorOf, type ViewBatch } from "../views/index.js";

/**
 * Alignment losses of a batch's first `samples` images under every encoder, from the same views. On a GPU they are computed
 * there and the representations never leave it; else by the native core, off the JavaScript thread.
 *
 * @param batch [images · views, size, size, 3], left to the caller @param size pixels
 * @param onDevice where; a test may say
 */
export async function batchLosses(
  batch: ViewBatch,
  encoders: readonly Encoder[],
  { samples, views, size }: { samples: number; views: number; size: number },
  options: Pick<AlignmentOptions, "distance" | "scheme" | "normalize" | "keepPairs">,
  onDevice = alignsOnDevice(views),
): Promise<AlignmentResult[]> {
  const embed = <T>(take: (representations: tf.Tensor2D) => T): T[] => {
    const taken: T[] = [];
    tf.tidy(() => {
      const x = tensorOf(batch, size);
      for (const encoder of encoders) {
        const y = encoder.embed(x);
        const rows = samples * views; // a last batch is filled up to the size of all; what fills it is not compared
        taken.push(take(y.shape[0] === rows ? y : tf.slice(y, [0, 0], [rows, y.shape[1]])));
      }
    });
    return taken;
  };
  if (onDevice) return embed((y) => alignmentOnDevice(y, samples, views, options));
  const host = embed((y) => ({ values: y.dataSync() as Float32Array, dim: y.shape[1] }));
  return Promise.all(host.map(({ values, dim }) => alignment(values, samples, views, dim, options)));
}
