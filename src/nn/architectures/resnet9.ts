import type * as Tf from "../../engine/tf.js";
import { type Architecture, architecture } from "../architecture.js";
import type { ForwardContext, ParameterSpec } from "../types.js";

/** Output channels of convolutions 1 to 8 (Wang et al. 2024, arXiv 2409.19069, table 1 and its parameter counts). */
const CHANNELS = [32, 64, 64, 64, 128, 256, 256, 256];
const POOLED = new Set([2, 5, 6]);

/** ResNet-9 with the papers' layers. */
export const resnet9 = resnet9Of(CHANNELS);

/** ResNet-9 with other numbers of channels, for tests. */
export function resnet9Of(channels: readonly number[]): Architecture<Record<never, never>> {
  // Three outputs a convolution; the maximum after layers 2, 5 and 6 takes a map to a quarter.
  const areas = [1, 1, 1 / 4, 1 / 4, 1 / 4, 1 / 16, 1 / 64, 1 / 64];
  const perPixel = 3 * areas.reduce((sum, area, i) => sum + area * (channels[i] as number), 0);
  return architecture({
    name: "resnet9",
    summary: "eight 3×3 convolutions, two residual pairs; the LayerMem paper's small network",
    settings: {},
    minimumImageSize: 8,
    network(image, _values, { tf, layers }) {
      const { convNorm, convSpec, globalAveragePool, maxPool2, normSpecs } = layers;
      const parameters: ParameterSpec[] = channels.flatMap((outputs, index) => [
        convSpec(`conv${index + 1}`, 3, index === 0 ? 3 : (channels[index - 1] as number), outputs),
        ...normSpecs(`bn${index + 1}`, outputs),
      ]);
      const step = (x: Tf.Tensor4D, layer: number, context: ForwardContext) => {
        const y = convNorm(x, `conv${layer}`, `bn${layer}`, context);
        context.onLayer?.(`conv${layer}`, y);
        return POOLED.has(layer) ? maxPool2(y) : y;
      };
      const residual = (x: Tf.Tensor4D, first: number, layer: string, context: ForwardContext) => {
        const y = tf.add(x, step(step(x, first, context), first + 1, context)) as Tf.Tensor4D;
        context.onLayer?.(layer, y);
        return y;
      };
      return {
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
      };
    },
  });
}
