import * as tf from "../engine/tf.js";
import type { Encoder } from "../nn/index.js";
import { joinedTensor, type ViewBatch } from "../views/index.js";

/** The output of one layer for a batch of views. */
export interface CapturedLayer {
  layer: string;
  /** float32 [images · views, dim]: the whole map, flattened. */
  values: Float32Array;
  dim: number;
  /** Mean activation of each unit (last axis) over positions and views, [images, units]. */
  unitMeans: Float64Array;
  units: number;
}

/** Size of one layer's output for one view. */
export interface LayerSize {
  layer: string;
  dim: number;
  units: number;
}

/** Sizes of every layer's output for views of that side, found by one view of zeros. */
export function layerSizes(encoder: Encoder, imageSize: number): LayerSize[] {
  const sizes: LayerSize[] = [];
  tf.tidy(() => {
    encoder.visitLayers(tf.zeros([1, imageSize, imageSize, 3]), (layer, output) =>
      sizes.push({ layer, dim: output.size, units: output.shape.at(-1) as number }),
    );
  });
  return sizes;
}

/**
 * Every layer's output for a batch in one pass.
 *
 * @param batches views of the same images, all of one size
 * @param images how many images @param perImage views of each, all batches together
 */
export function captureLayers(
  encoder: Encoder,
  batches: readonly ViewBatch[],
  images: number,
  perImage: number,
): CapturedLayer[] {
  const captured: CapturedLayer[] = [];
  const count = images * perImage;
  tf.tidy(() => {
    const x = joinedTensor(batches, images);
    encoder.visitLayers(x, (layer, output) => {
      const units = output.shape.at(-1) as number;
      const positions = tf.reshape(output, [count, -1, units]);
      const means = tf.mean(positions, 1).dataSync() as Float32Array;
      captured.push({
        layer,
        values: output.dataSync() as Float32Array,
        dim: output.size / count,
        unitMeans: meansOverViews(means, perImage, units),
        units,
      });
    });
  });
  return captured;
}

/** [images · views, units] → [images, units], in float64. */
function meansOverViews(values: Float32Array, views: number, units: number): Float64Array {
  const out = new Float64Array(values.length / views);
  for (let row = 0; row * units < values.length; row++) {
    const to = Math.floor(row / views) * units;
    for (let u = 0; u < units; u++)
      out[to + u] = (out[to + u] as number) + (values[row * units + u] as number) / views;
  }
  return out;
}
