/**
 * Augmentation: random transforms, of which policies are made, and explicit operations, which are what a view turned out to
 * be. The native core takes both as objects and refuses what is not described here; limits of values are stated there, in
 * native/core/op_fields.h.
 *
 * Sizes and positions are in pixels, [height, width]; colour values are on the [0, 1] scale until a normalize.
 */

/** A pair [low, high]; both ends belong to it. */
export type Range = readonly [number, number];
export type Triple = readonly [number, number, number];
export type Interpolation = "bilinear" | "bicubic";
export type PaddingMode = "constant" | "reflect" | "edge";

interface Resampling {
  /** default bilinear */
  interpolation?: Interpolation;
  /** default true: the filter widens when the image shrinks */
  antialias?: boolean;
}

/** Random transforms; semantics and defaults are those of torchvision.transforms.v2's classes. */
export type TransformSpec =
  | ({
      transform: "random_resized_crop";
      size: readonly [number, number];
      /** area of the crop as a share of the image's; default [0.08, 1] */
      scale?: Range;
      /** width / height, log-uniform; default [3/4, 4/3] */
      ratio?: Range;
    } & Resampling)
  /** size [height, width], or [shorter side] */
  | ({ transform: "resize"; size: readonly [number, number] | readonly [number] } & Resampling)
  /** what is too small is padded with black */
  | { transform: "center_crop"; size: readonly [number, number] }
  | {
      transform: "random_crop";
      size: readonly [number, number];
      /** all sides; [left and right, top and bottom]; or [left, top, right, bottom] */
      padding?: number | readonly [number, number] | readonly [number, number, number, number];
      /** default constant (black) */
      padding_mode?: PaddingMode;
    }
  /** p: default 0.5 */
  | { transform: "random_horizontal_flip" | "random_vertical_flip" | "random_invert"; p?: number }
  | {
      transform: "color_jitter";
      /** a number b means [max(0, 1 - b), 1 + b] */
      brightness?: number | Range;
      contrast?: number | Range;
      saturation?: number | Range;
      /** turns, within [-0.5, 0.5]; a number h means [-h, h] */
      hue?: number | Range;
      /** default 1: the probability of the whole (RandomApply in torchvision) */
      p?: number;
    }
  /** p: default 0.1 */
  | { transform: "random_grayscale"; p?: number }
  | {
      transform: "gaussian_blur";
      /** odd; one number for both axes, or [along x, along y] */
      kernel_size: number | readonly [number, number];
      /** pixels; default [0.1, 2] */
      sigma?: number | Range;
      /** default 1 */
      p?: number;
    }
  /** values >= threshold are inverted; p: default 0.5 */
  | { transform: "random_solarize"; threshold: number; p?: number }
  | { transform: "normalize"; mean: Triple; std: Triple };

interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** Explicit operations, named with their arguments as in torchvision.transforms.v2.functional. */
export type Op =
  | ({ op: "resized_crop"; size: [number, number]; interpolation: Interpolation; antialias: boolean } & Box)
  | { op: "resize"; size: [number, number] | [number]; interpolation: Interpolation; antialias: boolean }
  | { op: "center_crop"; output_size: [number, number] }
  /** may leave the image; what lies outside is black */
  | ({ op: "crop" } & Box)
  /** [left, top, right, bottom] */
  | { op: "pad"; padding: [number, number, number, number]; fill: number; padding_mode: PaddingMode }
  | { op: "horizontal_flip" | "vertical_flip" | "invert" }
  | { op: "adjust_brightness"; brightness_factor: number }
  | { op: "adjust_contrast"; contrast_factor: number }
  | { op: "adjust_saturation"; saturation_factor: number }
  | { op: "adjust_hue"; hue_factor: number }
  | { op: "rgb_to_grayscale"; num_output_channels: 3 }
  /** [along x, along y] */
  | { op: "gaussian_blur"; kernel_size: [number, number]; sigma: [number, number] }
  | { op: "solarize"; threshold: number }
  | { op: "normalize"; mean: [number, number, number]; std: [number, number, number] };
