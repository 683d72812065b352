import { leftOutUnits } from "../../native/alignment.js";
import { call } from "../../native/call.js";
import type { AlignmentOptions, AlignmentResult } from "../../native/index.js";
import { onTorch, runNative } from "../ops/kernels.js";
import type * as tf from "../tf.js";
import { valuesOnce } from "../values-once.js";
import { torchBackend } from "./torch-images.js";

/** Most views of an image that the kernel for GPUs takes (native/core/cuda/alignment.h). */
const MOST_VIEWS = 128;

/**
 * Whether alignment losses of this thread's representations are to be computed where these are: on a GPU of the torch
 * engine. (The native core's own call takes those in host memory, off the JavaScript thread.)
 */
export const alignsOnDevice = (views: number): boolean =>
  onTorch() && torchBackend()?.device !== "cpu" && views <= MOST_VIEWS;

/**
 * The alignment losses of `alignment` (src/native/alignment.ts), in float64, where the torch engine has the representations:
 * a few numbers of each sample come back instead of them. On a CPU to the same bits; on a GPU within the rounding of sums in
 * another order.
 *
 * @param representations float32 [samples · views, dim], the views of a sample side by side @param views at most 128 on a GPU
 * @throws SslMemError NUMERIC, naming sample and view, if a representation is not finite
 */
export function alignmentOnDevice(
  representations: tf.Tensor2D,
  samples: number,
  views: number,
  options: Pick<AlignmentOptions, "distance" | "scheme" | "normalize" | "keepPairs"> = {},
): AlignmentResult {
  const { distance = "l2", scheme = "pairs", normalize = true, keepPairs = false } = options;
  const attributes = { samples, views, distance, scheme, normalize, keepPairs };
  return call(() => {
    const bits = valuesOnce(
      () => runNative("SslMemAlignment", [representations], attributes)[0] as tf.Tensor,
    );
    const numbers = new Float64Array(bits.buffer, bits.byteOffset, bits.length / 2);
    const left = leftOutUnits(scheme, views);
    const pairsFrom = samples * (2 + left);
    return {
      loss: numbers.slice(0, samples),
      standardError: numbers.slice(samples, 2 * samples),
      leaveOneOut: numbers.slice(2 * samples, pairsFrom),
      pairs: keepPairs ? numbers.slice(pairsFrom) : null,
    };
  });
}
