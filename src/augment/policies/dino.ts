import {
  normalize,
  oddKernel,
  type PolicyDefinition,
  type PolicySettings,
  square,
  type ViewGroup,
} from "../policy.js";
import type { Range, TransformSpec } from "../specs.js";

/** Side of a local view as a share of a global one: 96 of 224. */
const LOCAL_SHARE = 96 / 224;
/** What a local view's side is a multiple of, so that patches of 2, 4 and 8 pixels fill it. */
const STEP = 8;

/** Side of the local views beside global ones of that side, pixels: 96 for 224, 16 for 32. */
const localSide = (side: number): number => STEP * Math.max(1, Math.round((side * LOCAL_SHARE) / STEP));

interface Crop {
  name: string;
  views: number;
  side: number;
  scale: Range;
  blur: number;
  solarize: number;
}

function group(crop: Crop, settings: PolicySettings): ViewGroup {
  const size = square(crop.side);
  const solarize: TransformSpec = { transform: "random_solarize", threshold: 128 / 255, p: crop.solarize };
  return {
    name: crop.name,
    views: crop.views,
    size,
    transforms: [
      { transform: "random_resized_crop", size, scale: crop.scale, interpolation: "bicubic" },
      { transform: "random_horizontal_flip", p: 0.5 },
      { transform: "color_jitter", brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1, p: 0.8 },
      { transform: "random_grayscale", p: 0.2 },
      { transform: "gaussian_blur", kernel_size: oddKernel(9, crop.side), sigma: [0.1, 2], p: crop.blur },
      ...(crop.solarize > 0 ? [solarize] : []),
      normalize(settings),
    ],
  };
}

/** Shares of an image's area: of global crops, and of local ones. */
type Scales = readonly [global: Range, local: Range];

/** The crops of DINO. @param scales of the areas */
const crops = (name: string, description: string, [global, local]: Scales): PolicyDefinition => ({
  name,
  description,
  build(settings) {
    const side = settings.imageSize;
    const small = { side: localSide(side), scale: local };
    return [
      group({ name: "global1", views: 1, side, scale: global, blur: 1, solarize: 0 }, settings),
      group({ name: "global2", views: 1, side, scale: global, blur: 0.1, solarize: 0.2 }, settings),
      group({ name: "local", views: 8, ...small, blur: 0.5, solarize: 0 }, settings),
    ];
  },
});

/**
 * DINO (Caron et al. 2021, "Emerging properties in self-supervised vision transformers", section 3.1, and its code): two
 * global views (40 to 100 % of the area; the first always blurred, the second blurred with p = .1 and solarised with
 * p = .2) and eight local ones (5 to 40 %, side 96 of 224, blurred with p = .5); bicubic; jitter (.4, .4, .2, .1) with
 * p = .8, greyscale with p = .2. Its blur is Pillow's, without a kernel size: 9 pixels are taken, as its successor DINOv2
 * does with the same sigma of .1 to 2. Pillow solarises from 128 on: 128 / 255 here.
 */
export const dino = crops("dino", "DINO: two global and eight local crops, jitter, blur, solarize", [
  [0.4, 1],
  [0.05, 0.4],
]);

/** The same with the scales that DINO's authors take for ResNets and advise where there are no local views. */
export const dinoWide = crops(
  "dino-wide",
  "DINO for ResNets, or without local views: global crops of 14 to 100 %",
  [
    [0.14, 1],
    [0.05, 0.14],
  ],
);
