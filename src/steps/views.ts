import { join } from "node:path";
import { getPolicy, type Op, openPolicy, viewBytes } from "../augment/index.js";
import type { Settings } from "../config/all-settings.js";
import type { Manifest } from "../data/index.js";
import { writeWhole } from "../files/index.js";
import { NpyWriter } from "../files/npy.js";
import { viewKeys } from "../native/index.js";
import type { Reporter } from "../run/reporter.js";
import { HostViews } from "../views/host.js"; // alone: the others load TensorFlow.js
import type { DescribedBatch } from "../views/index.js";
import { nameSkipped, openAllImages } from "./open-data.js";

const STREAMS = { score: "scoreViews", train: "trainViews" } as const;
/** Whose views are drawn. */
export type ViewPurpose = keyof typeof STREAMS;

const MOST_IMAGES_AT_ONCE = 64;

/** Which views are written, and where. */
export interface ViewsOptions {
  /** Which images, the policy and the side of a view, how many views of each image, and the seed. */
  readonly settings: Settings;
  readonly purpose: ViewPurpose;
  /** Epoch of training views, from 0. */
  readonly epoch: number;
  /** View group of the policy, from 0. */
  readonly group: number;
  /** png: a picture for each view; npy: one float32 array, as the encoder is fed. */
  readonly format: "png" | "npy";
  /** Folder for views.jsonl and the pictures or the array. */
  readonly out: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface WrittenViews {
  /** Images that could be read, and views in all. */
  readonly images: number;
  readonly views: number;
  /** [images, views of each, height, width, 3] */
  readonly shape: readonly number[];
  /** Images that could not be read, with the reason of each. */
  readonly skipped: Manifest["facts"]["skipped"];
}

/**
 * Writes the augmented views of all images of a data set, and in views.jsonl the operations that made each.
 *
 * @throws SslMemError USAGE for a group that the policy does not have; DATA as openAllImages; the signal's reason
 */
export async function writeViews(options: ViewsOptions): Promise<WrittenViews> {
  const { settings, purpose, epoch, group, format, out, reporter, signal } = options;
  const policy = openPolicy(getPolicy(settings.policy, { imageSize: settings.imageSize }));
  const [height, width] = policy.size(group);
  const reader = await openAllImages(settings, reporter, signal);
  const { images } = reader;
  const maker = new HostViews(reader);
  const keys = viewKeys(STREAMS[purpose], settings.seed, epoch);
  const wanted = [{ ...keys, policy, group, firstView: policy.firstView(group), views: settings.views }];
  const shape = [images.count, settings.views, height, width, 3];
  const npy = format === "npy" ? await NpyWriter.create(join(out, "views.npy"), shape) : null;
  const lines: string[] = [];
  const size = height * width * 3;
  reporter.start("drawing views");
  try {
    for await (const samples of reader.batches(MOST_IMAGES_AT_ONCE)) {
      signal?.throwIfAborted();
      const [batch] = (await maker.describe(samples, wanted)) as [DescribedBatch];
      await npy?.append(batch.data);
      for (const [i, sample] of samples.entries()) {
        for (const [view, ops] of (batch.operations[i] ?? []).entries()) {
          const file = npy === null ? `${String(sample).padStart(6, "0")}-${view}.png` : undefined;
          lines.push(JSON.stringify({ id: images.id(sample), view, ...(file && { file }), ops }));
          const at = (i * settings.views + view) * size;
          if (file) await writePng(join(out, file), batch.data.subarray(at, at + size), [height, width], ops);
        }
      }
      reporter.update({ done: (samples.at(-1) as number) + 1, total: images.count });
    }
    // Only now is it known how many could be read.
    shape[0] = reader.manifest().used.length;
    await npy?.close(shape[0]);
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  } finally {
    await npy?.discard();
    await reader.close();
  }
  const manifest = reader.manifest();
  const { skipped } = manifest.facts;
  reporter.finish(`${manifest.used.length} images, ${skipped.length} skipped`);
  nameSkipped(manifest, reporter);
  await writeWhole(join(out, "views.jsonl"), `${lines.join("\n")}\n`);
  return { images: manifest.used.length, views: lines.length, shape, skipped };
}

/** Writes a view as a picture. @param size height and width, pixels */
export async function writePng(
  path: string,
  pixels: Float32Array,
  [height, width]: [number, number],
  ops: readonly Op[],
): Promise<void> {
  const { default: sharp } = await import("sharp");
  const picture = await sharp(viewBytes(pixels, ops), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  await writeWhole(path, picture, { sync: false });
}
