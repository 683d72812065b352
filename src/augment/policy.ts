import type { TransformSpec, Triple } from "./specs.js";

/** Views that are drawn from one chain of transforms and have one size. */
export interface ViewGroup {
  name: string;
  /** how many of them a training step takes of each image */
  views: number;
  /** [height, width] in pixels */
  size: readonly [number, number];
  transforms: readonly TransformSpec[];
}

/** An augmentation policy: what the views of an image are. Scoring takes all its views from the first group. */
export interface Policy {
  name: string;
  groups: readonly ViewGroup[];
}

export interface PolicyOptions {
  /** side of the square (full-size) views, in pixels: an integer in [8, 4096] */
  imageSize: number;
  /** per channel, on the [0, 1] scale; default: ImageNet's */
  mean?: Triple;
  /** per channel, > 0; default: ImageNet's */
  std?: Triple;
}

/** Options with nothing left open. */
export type PolicySettings = Required<PolicyOptions>;

/** A policy of the registry. */
export interface PolicyDefinition {
  name: string;
  /** one line for `sslmem list policies` */
  description: string;
  build(settings: PolicySettings): ViewGroup[];
}

/** Mean and standard deviation of the channels of ImageNet's training images, as torchvision and most papers use them. */
export const imagenetMean: Triple = [0.485, 0.456, 0.406];
export const imagenetStd: Triple = [0.229, 0.224, 0.225];

/** Above this size images are treated as ImageNet's, up to it as CIFAR's. */
const LARGEST_SMALL_IMAGE = 64;

/** Whether images are so small that policies for CIFAR are taken, which do not blur. */
export const isSmall = ({ imageSize }: PolicySettings): boolean => imageSize <= LARGEST_SMALL_IMAGE;

/** The last transform of every group. */
export function normalize({ mean, std }: PolicySettings): TransformSpec {
  return { transform: "normalize", mean, std };
}

/** [size, size] */
export function square(size: number): readonly [number, number] {
  return [size, size];
}

/** The largest odd number of at most `wanted` (at least 1) whose blur can reflect at the borders of `side` pixels. */
export function oddKernel(wanted: number, side: number): number {
  const most = Math.max(1, Math.min(Math.floor(wanted), 2 * side - 1));
  return most % 2 === 1 ? most : most - 1;
}
