import * as tf from "../../engine/tf.js";
import { convNorm, convSpec, globalAveragePool, maxPool2, normSpecs } from "../layers.js";
import type { Architecture, ForwardContext, ParameterSpec } from "../types.js";

/** Output channels of convolutions 1 to 8 (Wang et al. 2024, arXiv 2409.19069, table 1 and its parameter counts). */
const CHANNELS = [32, 64, 64, 64, 128, 256, 256, 256];
const POOLED = new Set([2, 5, 6]);

/** ResNet-9 with the papers' layers; `channels` is for tests, which use narrow ones. */
export function resnet9(channels: readonly number[] = CHANNELS, name = "resnet9"): Architecture {
  const parameters: ParameterSpec[] = channels.flatMap((outputs, index) => [
    convSpec(`conv${index + 1}`, 3, index === 0 ? 3 : (channels[index - 1] as number), outputs),
    ...normSpecs(`bn${index + 1}`, outputs),
  ]);
  const step = (x: tf.Tensor4D, layer: number, context: ForwardContext) => {
    const y = convNorm(x, `conv${layer}`, `bn${layer}`, context);
    context.onLayer?.(`conv${layer}`, y);
    return POOLED.has(layer) ? maxPool2(y) : y;
  };
  const residual = (x: tf.Tensor4D, first: number, layer: string, context: ForwardContext) => {
    const y = tf.add(x, step(step(x, first, context), first + 1, context)) as tf.Tensor4D;
    context.onLayer?.(layer, y);
    return y;
  };
  // Three outputs a convolution; the maximum after layers 2, 5 and 6 takes a map to a quarter.
  const areas = [1, 1, 1 / 4, 1 / 4, 1 / 4, 1 / 16, 1 / 64, 1 / 64];
  const perPixel = 3 * areas.reduce((sum, area, i) => sum + area * (channels[i] as number), 0);
  return {
    name,
    summary: "eight 3×3 convolutions, two residual pairs; the LayerMem paper's small network",
    minimumImageSize: 8,
    network: (image) => ({
      image,
      parameters,
      dim: channels[7] as number,
      map: true,
      layers: ["conv1", "conv2", "conv3", "conv4", "res2", "conv5", "conv6", "conv7", "conv8", "res6"],
      // A convolution and its normalisation have one number.
      depth: (parameter) => Number(/\d+/.exec(parameter)?.[0]) - 1,
      activations: ({ height, width }) => perPixel * height * width,
      forward(x, context) {
        const stem = step(step(x, 1, context), 2, context);
        const middle = step(step(residual(stem, 3, "res2", context), 5, context), 6, context);
        const map = residual(middle, 7, "res6", context);
        return { pooled: globalAveragePool(map), map };
      },
    }),
  };
}
