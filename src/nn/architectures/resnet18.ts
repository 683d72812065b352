import { append } from "../../arrays.js";
import * as tf from "../../engine/tf.js";
import { convNorm, convSpec, globalAveragePool, normSpecs } from "../layers.js";
import type { Architecture, ForwardContext, ParameterSpec } from "../types.js";

const BLOCKS = [2, 2, 2, 2];

/**
 * ResNet-18 (He et al. 2016, arXiv 1512.03385) with torchvision's parameter names. Stem "imagenet": 7×7 convolution of
 * stride 2 and a 3×3 maximum of stride 2; "cifar": 3×3 convolution of stride 1 and no maximum (SimCLR, arXiv
 * 2002.05709, appendix B.9). Its layers are its 17 convolutions, each after normalisation and ReLU; the second one of a
 * block is the block's output, with the shortcut.
 *
 * @param width channels of the first stage; 64 but in tests
 */
export function resnet18(stem: "imagenet" | "cifar", width = 64): Architecture {
  const channelsOf = (stage: number) => width * 2 ** stage;
  const stemSize = stem === "imagenet" ? 7 : 3;
  const parameters: ParameterSpec[] = [convSpec("conv1", stemSize, 3, width), ...normSpecs("bn1", width)];
  const layers = ["conv1"];
  for (const [stage, count] of BLOCKS.entries()) {
    for (let block = 0; block < count; block++) {
      const name = `layer${stage + 1}.${block}`;
      const inputs = block > 0 || stage === 0 ? channelsOf(stage) : channelsOf(stage - 1);
      const outputs = channelsOf(stage);
      append(parameters, [
        convSpec(`${name}.conv1`, 3, inputs, outputs),
        ...normSpecs(`${name}.bn1`, outputs),
      ]);
      append(parameters, [
        convSpec(`${name}.conv2`, 3, outputs, outputs),
        ...normSpecs(`${name}.bn2`, outputs),
      ]);
      if (inputs !== outputs) {
        const shortcut = convSpec(`${name}.downsample.0`, 1, inputs, outputs);
        append(parameters, [shortcut, ...normSpecs(`${name}.downsample.1`, outputs)]);
      }
      layers.push(`${name}.conv1`, name);
    }
  }
  // Four convolutions a stage and the projection, three outputs each; the ImageNet stem makes every map a quarter as wide.
  const perPixel =
    (3 * width * [1, 1 / 2, 1 / 4, 1 / 8].reduce((sum, area) => sum + 5 * area, 0)) /
    (stem === "imagenet" ? 16 : 1);
  return {
    name: stem === "imagenet" ? "resnet18" : "resnet18-cifar",
    summary:
      stem === "imagenet"
        ? "ResNet-18 with the ImageNet stem (torchvision's)"
        : "ResNet-18 with a 3×3 stem for small images",
    minimumImageSize: stem === "imagenet" ? 32 : 8,
    network: (image) => ({
      image,
      parameters,
      layers,
      dim: channelsOf(3),
      map: true,
      activations: (view) => perPixel * view.height * view.width,
      forward(x, context) {
        let y = convNorm(x, "conv1", "bn1", context, { stride: stem === "imagenet" ? 2 : 1 });
        context.onLayer?.("conv1", y);
        if (stem === "imagenet") y = maxPool3(y);
        for (const [stage, count] of BLOCKS.entries()) {
          for (let block = 0; block < count; block++) {
            const name = `layer${stage + 1}.${block}`;
            y = basicBlock(y, name, stage > 0 && block === 0 ? 2 : 1, context);
            context.onLayer?.(name, y);
          }
        }
        return { pooled: globalAveragePool(y), map: y };
      },
    }),
  };
}

function basicBlock(x: tf.Tensor4D, name: string, stride: number, context: ForwardContext): tf.Tensor4D {
  const inner = convNorm(x, `${name}.conv1`, `${name}.bn1`, context, { stride });
  context.onLayer?.(`${name}.conv1`, inner);
  const projected = context.weights.has(`${name}.downsample.0.weight`);
  const shortcut = projected
    ? convNorm(x, `${name}.downsample.0`, `${name}.downsample.1`, context, { stride, activate: false })
    : x;
  return convNorm(inner, `${name}.conv2`, `${name}.bn2`, context, { residual: shortcut });
}

/** 3 × 3 maximum of stride 2 with a border of one; the input is never negative, so a border of zeros is one of −∞. */
export function maxPool3(x: tf.Tensor4D): tf.Tensor4D {
  return tf.maxPool(
    tf.pad(x, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as tf.Tensor4D,
    3,
    2,
    "valid",
  );
}
