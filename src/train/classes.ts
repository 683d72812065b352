import type { Settings } from "../config/all-settings.js";
import type { ImageList } from "../data/image-list.js";
import type { Split } from "../data/index.js";
import { SslMemError } from "../errors.js";
import { getMethod } from "../methods/registry.js";
import { pairIndices } from "./training-pair.js";

/**
 * Classes for training with labels: the labels that occur in the data set, numbered by their order, the same for f and g.
 *
 * @param indices of the images to train on
 * @throws SslMemError DATA naming an image without a label; USAGE where there are fewer than two classes
 */
export function classesOf(
  images: ImageList,
  indices: Uint32Array,
  method: string,
): { classOf: (index: number) => number; count: number } {
  const unlabelled = indices.find((index) => images.label(index) === null);
  if (unlabelled !== undefined)
    throw new SslMemError(
      "DATA",
      `Expected a label for every image, since --method ${method} learns from labels, but ${images.id(unlabelled)} has none.`,
      "--method simclr needs none",
    );
  const { label } = images.columns;
  const found = new Set<number>();
  for (let index = 0; index < images.count; index++) {
    const value = images.label(index);
    if (value !== null) found.add(value);
  }
  const numbers = new Map([...found].sort((a, b) => a - b).map((value, number) => [value, number]));
  if (numbers.size < 2)
    throw new SslMemError(
      "USAGE",
      `Expected images of two classes or more for --method ${method} but all of them are of one.`,
      "--method simclr needs no classes",
    );
  return { classOf: (index) => numbers.get(label[index] as number) as number, count: numbers.size };
}

/**
 * Refuses, before anything is decoded or trained, images that the method of the settings cannot learn from for want of labels.
 * Throws SslMemError as classesOf.
 */
export function checkLabels(settings: Settings, images: ImageList, split: Split): void {
  const method = getMethod(settings.method);
  if (!method.labels) return;
  for (const indices of Object.values(pairIndices(split))) classesOf(images, indices, method.name);
}
