import { append } from "../../arrays.js";
import type * as Tf from "../../engine/tf.js";
import { toggle } from "../../settings/kinds.js";
import { setting } from "../../settings/setting.js";
import { architecture } from "../architecture.js";
import type { Kit } from "../kit.js";
import type { ForwardContext, Network, ParameterSpec } from "../types.js";

/** A ResNet's residual branches, and how many blocks each of its four stages has. */
const DEPTHS = {
  18: { bottleneck: false, blocks: [2, 2, 2, 2] },
  34: { bottleneck: false, blocks: [3, 4, 6, 3] },
  50: { bottleneck: true, blocks: [3, 4, 6, 3] },
  101: { bottleneck: true, blocks: [3, 4, 23, 3] },
} as const;
type Depth = keyof typeof DEPTHS;
type Stem = "imagenet" | "cifar";
/** Channels of a bottleneck's output over those of its 3×3 convolution. */
const EXPANSION = 4;

const settings = {
  zeroInitResidual: setting({
    kind: toggle(),
    default: false,
    describe: "Begin with residual branches of zeros: the last normalisation of a block scales by 0",
    group: "Model",
    step: "train",
    trainingOnly: true,
  }),
};

/** The registered ResNets: every depth with both stems. */
export const RESNETS = ([18, 34, 50, 101] as const).flatMap((depth) => [
  resnet(depth, "imagenet"),
  resnet(depth, "cifar"),
]);

/**
 * ResNets (He et al. 2016, arXiv 1512.03385) with torchvision's parameter names, and like there the stride of a bottleneck in its
 * 3×3 convolution ("v1.5"). Stem "imagenet": 7×7 convolution of stride 2 and a 3×3 maximum of stride 2; "cifar": 3×3 convolution
 * of stride 1 and no maximum (SimCLR, arXiv 2002.05709, appendix B.9). Its layers are its convolutions, each after normalisation
 * and ReLU; the last one of a block is the block's output, with the shortcut.
 *
 * @param width channels of the first stage's 3×3 convolutions; 64 but in tests
 */
export function resnet(depth: Depth, stem: Stem, width = 64) {
  return architecture({
    name: stem === "imagenet" ? `resnet${depth}` : `resnet${depth}-cifar`,
    summary:
      stem === "imagenet"
        ? `ResNet-${depth} with the ImageNet stem (torchvision's)`
        : `ResNet-${depth} with a 3×3 stem for small images`,
    settings,
    minimumImageSize: stem === "imagenet" ? 32 : 8,
    network(image, { zeroInitResidual }, kit): Network {
      const blocks = blocksOf(depth, width);
      const strided = stem === "imagenet";
      const perPixel = activationsPerPixel(blocks, width, strided);
      return {
        image,
        parameters: specsOf(blocks, width, strided ? 7 : 3, zeroInitResidual, kit),
        layers: [
          "conv1",
          ...blocks.flatMap(({ name, convs }) => [...convs.slice(0, -1).map(({ conv }) => conv), name]),
        ],
        dim: blocks.at(-1)?.outputs as number,
        map: true,
        activations: (view) => perPixel * view.height * view.width,
        forward(x, context) {
          const { convNorm, globalAveragePool, maxPool3 } = kit.layers;
          let y = convNorm(x, "conv1", "bn1", context, { stride: strided ? 2 : 1 });
          context.onLayer?.("conv1", y);
          if (strided) y = maxPool3(y);
          for (const block of blocks) {
            y = residual(y, block, context, kit);
            context.onLayer?.(block.name, y);
          }
          return { pooled: globalAveragePool(y), map: y };
        },
      };
    },
  });
}

/** A convolution with the normalisation behind it. */
interface Conv {
  readonly conv: string;
  readonly norm: string;
  readonly size: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}

interface Block {
  /** `layer1.0` */
  readonly name: string;
  /** Number of its stage, from 0. */
  readonly stage: number;
  readonly outputs: number;
  readonly convs: readonly Conv[];
  /** Of the shortcut, where it has one. */
  readonly projection: Conv | null;
}

function blocksOf(depth: Depth, width: number): Block[] {
  const { bottleneck, blocks } = DEPTHS[depth];
  const made: Block[] = [];
  let inputs = width;
  for (const [stage, count] of blocks.entries()) {
    const inner = width * 2 ** stage;
    const outputs = bottleneck ? EXPANSION * inner : inner;
    for (let number = 0; number < count; number++) {
      const name = `layer${stage + 1}.${number}`;
      const stride = stage > 0 && number === 0 ? 2 : 1;
      // Size of the filter, inputs, outputs and stride.
      const branch = bottleneck
        ? [
            [1, inputs, inner, 1],
            [3, inner, inner, stride],
            [1, inner, outputs, 1],
          ]
        : [
            [3, inputs, outputs, stride],
            [3, outputs, outputs, 1],
          ];
      const convs = branch.map(([size, from, to, step], i) => ({
        conv: `${name}.conv${i + 1}`,
        norm: `${name}.bn${i + 1}`,
        size: size as number,
        inputs: from as number,
        outputs: to as number,
        stride: step as number,
      }));
      const shortcut = {
        conv: `${name}.downsample.0`,
        norm: `${name}.downsample.1`,
        size: 1,
        inputs,
        outputs,
        stride,
      };
      made.push({ name, stage, outputs, convs, projection: inputs === outputs ? null : shortcut });
      inputs = outputs;
    }
  }
  return made;
}

function specsOf(
  blocks: readonly Block[],
  width: number,
  stemSize: number,
  zeroInitResidual: boolean,
  { layers: { convSpec, normSpecs } }: Kit,
): ParameterSpec[] {
  const specs = [convSpec("conv1", stemSize, 3, width), ...normSpecs("bn1", width)];
  const add = ({ conv, norm, size, inputs, outputs }: Conv, scale = 1) =>
    append(specs, [convSpec(conv, size, inputs, outputs), ...normSpecs(norm, outputs, true, scale)]);
  for (const { convs, projection } of blocks) {
    for (const [i, conv] of convs.entries()) add(conv, zeroInitResidual && i === convs.length - 1 ? 0 : 1);
    if (projection !== null) add(projection);
  }
  return specs;
}

/** Three outputs for each convolution; a stage's maps have a quarter of the area of the stage before. */
function activationsPerPixel(blocks: readonly Block[], width: number, strided: boolean): number {
  const [stem, first] = strided ? [1 / 4, 1 / 16] : [1, 1];
  const maps = blocks.reduce(
    (sum, { stage, convs, projection }) =>
      sum +
      (first / 4 ** stage) *
        [...convs, ...(projection === null ? [] : [projection])].reduce(
          (channels, { outputs }) => channels + outputs,
          0,
        ),
    stem * width,
  );
  return 3 * maps;
}

function residual(
  x: Tf.Tensor4D,
  block: Block,
  context: ForwardContext,
  { layers: { convNorm } }: Kit,
): Tf.Tensor4D {
  let inner = x;
  for (const { conv, norm, stride } of block.convs.slice(0, -1)) {
    inner = convNorm(inner, conv, norm, context, { stride });
    context.onLayer?.(conv, inner);
  }
  const { projection } = block;
  const shortcut =
    projection === null
      ? x
      : convNorm(x, projection.conv, projection.norm, context, {
          stride: projection.stride,
          activate: false,
        });
  const { conv, norm } = block.convs.at(-1) as Conv;
  return convNorm(inner, conv, norm, context, { residual: shortcut });
}
