import { append } from "../../arrays.js";
import type * as tf from "../../engine/tf.js";
import { convNorm, convSpec, globalAveragePool, normSpecs } from "../layers.js";
import type { Architecture, ForwardContext, ParameterSpec } from "../types.js";
import { maxPool3 } from "./resnet18.js";

const BLOCKS = [3, 4, 6, 3];
/** Channels of a block's output over those of its 3×3 convolution. */
const EXPANSION = 4;

/**
 * ResNet-50 (He et al. 2016, arXiv 1512.03385) with torchvision's parameter names, and like there the stride in a block's
 * 3×3 convolution ("v1.5"). Its layers are its 49 convolutions, each after normalisation and ReLU; the third one of a block
 * is the block's output, with the shortcut.
 *
 * @param width channels of the first stage's 3×3 convolutions; 64 but in tests
 */
export function resnet50(width = 64): Architecture {
  const parameters: ParameterSpec[] = [convSpec("conv1", 7, 3, width), ...normSpecs("bn1", width)];
  const layers = ["conv1"];
  let inputs = width;
  for (const [stage, count] of BLOCKS.entries()) {
    const inner = width * 2 ** stage;
    const outputs = EXPANSION * inner;
    for (let block = 0; block < count; block++) {
      const name = `layer${stage + 1}.${block}`;
      append(parameters, [convSpec(`${name}.conv1`, 1, inputs, inner), ...normSpecs(`${name}.bn1`, inner)]);
      append(parameters, [convSpec(`${name}.conv2`, 3, inner, inner), ...normSpecs(`${name}.bn2`, inner)]);
      append(parameters, [
        convSpec(`${name}.conv3`, 1, inner, outputs),
        ...normSpecs(`${name}.bn3`, outputs),
      ]);
      if (block === 0) {
        const shortcut = convSpec(`${name}.downsample.0`, 1, inputs, outputs);
        append(parameters, [shortcut, ...normSpecs(`${name}.downsample.1`, outputs)]);
      }
      layers.push(`${name}.conv1`, `${name}.conv2`, name);
      inputs = outputs;
    }
  }
  // Maps of a quarter after the stem and of a sixteenth to a 1024th in the stages; two inner and one outer map a block, the
  // projections; three outputs each.
  const perPixel =
    3 *
    (width / 4 +
      BLOCKS.reduce((sum, count, stage) => {
        const [area, inner] = [1 / 16 / 4 ** stage, width * 2 ** stage];
        return sum + area * inner * (count * (2 + EXPANSION) + EXPANSION);
      }, 0));
  return {
    name: "resnet50",
    summary: "ResNet-50 with the ImageNet stem (torchvision's)",
    minimumImageSize: 32,
    network: (image) => ({
      image,
      parameters,
      layers,
      dim: inputs,
      map: true,
      activations: (view) => perPixel * view.height * view.width,
      forward(x, context) {
        let y = convNorm(x, "conv1", "bn1", context, { stride: 2 });
        context.onLayer?.("conv1", y);
        y = maxPool3(y);
        for (const [stage, count] of BLOCKS.entries()) {
          for (let block = 0; block < count; block++) {
            const name = `layer${stage + 1}.${block}`;
            y = bottleneck(y, name, stage > 0 && block === 0 ? 2 : 1, context);
            context.onLayer?.(name, y);
          }
        }
        return { pooled: globalAveragePool(y), map: y };
      },
    }),
  };
}

function bottleneck(x: tf.Tensor4D, name: string, stride: number, context: ForwardContext): tf.Tensor4D {
  const narrow = convNorm(x, `${name}.conv1`, `${name}.bn1`, context);
  context.onLayer?.(`${name}.conv1`, narrow);
  const inner = convNorm(narrow, `${name}.conv2`, `${name}.bn2`, context, { stride });
  context.onLayer?.(`${name}.conv2`, inner);
  const projected = context.weights.has(`${name}.downsample.0.weight`);
  const residual = projected
    ? convNorm(x, `${name}.downsample.0`, `${name}.downsample.1`, context, { stride, activate: false })
    : x;
  return convNorm(inner, `${name}.conv3`, `${name}.bn3`, context, { residual });
}
