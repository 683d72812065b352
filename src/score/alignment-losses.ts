import { openedEngine, withinMemory } from "../engine/index.js";
import * as tf from "../engine/tf.js";
import { alignmentOnDevice, alignsOnDevice } from "../engine/torch/device-alignment.js";
import { SslMemError } from "../errors.js";
import type { AlignmentOptions, AlignmentResult } from "../native/index.js";
import type { Encoder } from "../nn/types.js";
import { joinedTensor, type ViewBatch } from "../views/index.js";
import { alignment, type Comparison } from "./alignment-by-distance.js";
import { getDistance } from "./distances/registry.js";

/**
 * Alignment losses of a batch's first `samples` images under every encoder, from the same views. On a GPU they are computed
 * there and the representations never leave it; else by the native core, off the JavaScript thread. A distance that is a function is
 * computed on the JavaScript thread, wherever the encoder runs.
 *
 * @param batches of all views together, those of an image in their order; left to the caller @param shape samples <= images
 * @param onDevice where; a test may say
 */
export async function batchLosses(
  batches: readonly ViewBatch[],
  encoders: readonly Encoder[],
  { images, samples, views }: { images: number; samples: number; views: number },
  options: Comparison,
  onDevice = alignsOnDevice(views) && getDistance(options.distance).between === undefined,
): Promise<AlignmentResult[]> {
  const embed = <T>(take: (representations: tf.Tensor2D, encoder: Encoder) => T): T[] => {
    const taken: T[] = [];
    const needs = { batch: images, before: openedEngine().memory().bytes, perImage: 0 };
    const work = () => {
      const x = joinedTensor(batches, images);
      for (const encoder of encoders) {
        const y = encoder.embed(x);
        const rows = samples * views; // a last batch is filled up to the size of all; what fills it is not compared
        taken.push(take(y.shape[0] === rows ? y : tf.slice(y, [0, 0], [rows, y.shape[1]]), encoder));
      }
    };
    withinMemory("--score-batch", 1, needs, () => tf.tidy(work));
    return taken;
  };
  if (onDevice) {
    return embed((y, encoder) => {
      try {
        return alignmentOnDevice(y, samples, views, options as AlignmentOptions);
      } catch (error) {
        throw blaming(encoder.name, error);
      }
    });
  }
  const host = embed((y, { name }) => ({ values: y.dataSync() as Float32Array, dim: y.shape[1], name }));
  return Promise.all(
    host.map(({ values, dim, name }) =>
      alignment(values, samples, views, dim, options).catch((error) => Promise.reject(blaming(name, error))),
    ),
  );
}

/** An error of representations that are not finite names the weights that made them; others stay as they are. */
export function blaming(whose: string, error: unknown): unknown {
  if (!(error instanceof SslMemError) || error.code !== "NUMERIC") return error;
  const { message, hint } = error;
  return new SslMemError("NUMERIC", `${message.replace(/\.$/, "")}, from ${whose}.`, hint, { cause: error });
}
