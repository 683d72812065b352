import { join } from "node:path";
import { getPolicy, openPolicy } from "../augment/index.js";
import type { Resolved } from "../config/resolve.js";
import { blaming } from "../faults/index.js";
import { writeWhole } from "../files/index.js";
import { NpyWriter } from "../files/npy.js";
import { getMethod } from "../methods/registry.js";
import type { Reporter } from "../run/reporter.js";
import { valuesOf } from "../settings/registry.js";
import { checkGiven } from "../text/given.js";
import { classesOf } from "../train/classes.js";
import { methodName } from "../train/contract.js";
import { ENCODER_NOISE } from "../train/network.js";
import { noiseOf, wantedViews } from "../train/step-data.js";
import { HostViews } from "../views/host.js";
import { objectiveFor } from "./objective-for.js";
import { imagesOfData, imagesOfSteps, type StepsOfRun } from "./training-images.js";
import { type WrittenViews, writePng } from "./views.js";

/** What of a training is written, and where. */
export interface TrainingViewsOptions {
  /** The method, its settings, the policy, image size and seed; of a run, as it was trained. */
  readonly resolved: Resolved;
  /** Steps of a run; null: all images of the data set, whatever order a training would have them in. */
  readonly of: StepsOfRun | null;
  /** From 0; not looked at where `of` names steps. */
  readonly epoch: number;
  /** png: a picture for each view; npy: float32 arrays views-0.npy, views-1.npy …, one for each batch that the loss is given. */
  readonly format: "png" | "npy";
  /** Folder for views.jsonl and the pictures or arrays. */
  readonly out: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface WrittenTrainingViews extends WrittenViews {
  /** [images, views of each, height, width, 3] of every batch that the loss is given; `shape` is the first one's. */
  readonly shapes: readonly (readonly number[])[];
}

/**
 * Writes the views that a method's training takes of images, bit for bit, and in views.jsonl one line for each: whose view it
 * is, in which step and at which place of it, in which of the batches that the loss is given and where in its array, the image's
 * class where the method learns from classes, what its noise means, the numbers that the encoder draws for itself, and the operations that made it. From these and the weights
 * of step 0 anybody can compute the loss of step 1.
 *
 * @throws SslMemError USAGE for steps that there are not; DATA as the data set and the run are read; the signal's reason
 */
export async function writeTrainingViews(options: TrainingViewsOptions): Promise<WrittenTrainingViews> {
  checkGiven("writeTrainingViews", options, ["resolved.settings", "format", "out"]);
  const { resolved, of, format, out, reporter, signal } = options;
  const { settings } = resolved;
  const method = getMethod(settings.method);
  const { network, needs } = objectiveFor(settings);
  const policy = openPolicy(getPolicy(settings.policy, { imageSize: settings.imageSize }));
  const taken =
    of === null
      ? await imagesOfData(settings, options.epoch, reporter, signal)
      : await imagesOfSteps(resolved, of, options.epoch);
  const { images, seed } = taken;
  const whose = of === null ? {} : { encoder: of.encoder, pair: of.pair };
  const maker = new HostViews(taken.store);
  const shapes = needs.views.map(({ group, count }) => [taken.most, count, ...policy.size(group), 3]);
  const arrays: NpyWriter[] = [];
  const lines: string[] = [];
  let row = 0;
  reporter.start("drawing views");
  try {
    const classOf = method.labels ? classesOf(images, taken.indices, method.name).classOf : null;
    if (format === "npy")
      for (const [batch, shape] of shapes.entries())
        arrays.push(await NpyWriter.create(join(out, `views-${batch}.npy`), shape));
    for await (const { step, epoch, samples } of taken.batches()) {
      signal?.throwIfAborted();
      const wanted = wantedViews(needs, { policy, seed, epoch });
      const made = await maker.describe(samples, wanted);
      for (const [batch, array] of arrays.entries())
        await array.append((made[batch] as { data: Float32Array }).data);
      const noise = noiseOf(needs, { seed, epoch, samples });
      for (const [place, sample] of samples.entries()) {
        const about = {
          id: images.id(sample),
          index: sample,
          ...whose,
          epoch,
          ...(step !== null && { step, place }),
          ...(classOf !== null && { class: classOf(sample) }),
          ...describedNoise(noise, place),
        };
        for (const [batch, { group, firstView, views }] of wanted.entries()) {
          const { data, operations, height, width } = made[batch] as (typeof made)[number];
          for (let i = 0; i < views; i++) {
            const ops = operations[place]?.[i] ?? [];
            const view = firstView + i;
            const at = {
              view,
              batch,
              group,
              ...(format === "npy" && { array: `views-${batch}.npy`, at: [row, i] }),
            };
            const file =
              format === "npy"
                ? null
                : `${nameOf(step ?? sample)}-${step === null ? "" : `${place}-`}${view}.png`;
            lines.push(JSON.stringify({ ...about, ...at, ...(file !== null && { file }), ops }));
            if (file === null) continue;
            const size = height * width * 3;
            const from = (place * views + i) * size;
            await writePng(join(out, file), data.subarray(from, from + size), [height, width], ops);
          }
        }
        row++;
      }
      reporter.update({ done: row, total: taken.most });
    }
    // Only now is it known how many could be read.
    for (const array of arrays) await array.close(row);
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  } finally {
    for (const array of arrays) await array.discard();
    await taken.close();
  }
  for (const shape of shapes) shape[0] = row;
  const { skipped } = taken.readAll();
  reporter.finish(`${row} images, ${skipped.length} skipped`);
  await writeWhole(join(out, "views.jsonl"), `${lines.join("\n")}\n`);
  return { images: row, views: lines.length, shape: shapes[0] as number[], shapes, skipped };

  /**
   * What the numbers of an image mean, as the method says; the numbers themselves where it says nothing, and always those of the
   * encoder, which no method knows of.
   */
  function describedNoise(noise: Readonly<Record<string, Float32Array>>, place: number) {
    const counts = Object.entries(needs.noise ?? {});
    if (counts.length === 0) return {};
    const all = Object.fromEntries(
      counts.map(([name, count]) => [
        name,
        (noise[name] as Float32Array).slice(place * count, (place + 1) * count),
      ]),
    );
    const { [ENCODER_NOISE]: drawn, ...own } = all;
    const described =
      Object.keys(own).length === 0
        ? {}
        : blaming(`describeNoise() of ${methodName(method)}`, () =>
            method.describeNoise?.(own, valuesOf(method.settings, settings), network),
          );
    return {
      noise: {
        ...(described ??
          Object.fromEntries(Object.entries(own).map(([name, numbers]) => [name, [...numbers]]))),
        ...(drawn && { [ENCODER_NOISE]: [...drawn] }),
      },
    };
  }
}

const nameOf = (number: number): string => String(number).padStart(6, "0");
