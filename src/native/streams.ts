import { SslMemError } from "../errors.js";
import type { RandomKey } from "./addon.js";
import { type Purpose, purposes } from "./purposes.js";

/** A field of a key that is always the same, or the range [least, most] of the values that the stream's user gives it. */
type Field = number | readonly [least: number, most: number];

/** The keys that one use of random numbers may have, beside the seed. */
export interface Stream {
  readonly purpose: Purpose;
  readonly epoch: Field;
  readonly sample: Field;
  readonly view: Field;
}

const WORD: Field = [0, 2 ** 32 - 1];
const VIEWS: Field = [0, 2 ** 24 - 1];
const { evaluation } = purposes;

/**
 * Every use of random numbers and the keys that are its own: no two overlap (test/native-addon/streams.test.ts), so that with
 * one seed no two uses draw the same numbers. A new use gets a new line; the numbers of a line that is there never change,
 * since results hang on them.
 */
export const STREAMS = {
  /** Views of training: the epoch, the image's index, the number of the view. */
  trainViews: { purpose: purposes.trainViews, epoch: WORD, sample: WORD, view: VIEWS },
  /** Numbers that a method needs for each image of a step: the epoch, the image's index, which of its names. */
  trainNoise: { purpose: purposes.patchMask, epoch: WORD, sample: WORD, view: [0, 99] },
  /** Views of scoring, as those of training; their epoch is 0. */
  scoreViews: { purpose: purposes.scoreViews, epoch: WORD, sample: WORD, view: VIEWS },
  /** Order of the images in an epoch of training. */
  epochOrder: { purpose: purposes.epochOrder, epoch: WORD, sample: 0, view: 0 },
  /** Order of the images of each part before they are divided (src/data/make-split.ts). */
  splitOrder: { purpose: purposes.split, epoch: 0, sample: [0, 1], view: 0 },
  /** Initial value of a parameter, by its name: two words of a hash. */
  initialWeight: { purpose: purposes.weightInit, epoch: WORD, sample: WORD, view: 0 },
  /** A synthetic image, and which of its properties. */
  syntheticImage: { purpose: purposes.syntheticImages, epoch: 0, sample: WORD, view: VIEWS },
  /** The training images that choose a probe's C. */
  probeStrength: { purpose: evaluation, epoch: 0, sample: 1, view: 0 },
  /** Order of the images in an epoch of a linear probe. */
  probeOrder: { purpose: evaluation, epoch: [0, 899], sample: 2, view: 0 },
  /** The images that a probe tests on where there is no test part. */
  probeHeldOut: { purpose: evaluation, epoch: 0, sample: 3, view: 0 },
  /** A probe's test images under a limit. */
  probeTest: { purpose: evaluation, epoch: 0, sample: 4, view: 0 },
  /** A probe's training images under a limit. */
  probeTrain: { purpose: evaluation, epoch: 0, sample: 5, view: 0 },
  /** Resamples of a statistic: its number, and blocks of 8,192 numbers. */
  bootstrap: { purpose: evaluation, epoch: [0, 899], sample: WORD, view: 1 },
  /** Orders of the views whose convergence is measured. */
  convergence: { purpose: evaluation, epoch: 900, sample: [0, 99], view: 1 },
  /** The images among which nearest neighbours are looked for. */
  nearestReferences: { purpose: evaluation, epoch: 901, sample: 0, view: 1 },
  /** Images of a curated list: its pick. */
  curate: { purpose: evaluation, epoch: 902, sample: [0, 99], view: 1 },
  /** The images of each subset that localisation looks at. */
  localize: { purpose: evaluation, epoch: 903, sample: [0, 9], view: 1 },
  /** Plain views (resized and cropped): they draw nothing, and have keys of their own all the same. */
  plainViews: { purpose: evaluation, epoch: 904, sample: WORD, view: 0 },
} as const satisfies Record<string, Stream>;

export type StreamName = keyof typeof STREAMS;

/**
 * The key of a stream.
 *
 * @param seed in [0, 2^53 − 1]
 * @param at a value for every field that the stream leaves open, and for no other
 * @throws SslMemError INTERNAL for a field outside the stream's own keys
 */
export function keyOf(
  name: StreamName,
  seed: number,
  at: { epoch?: number; sample?: number; view?: number } = {},
): RandomKey {
  const stream: Stream = STREAMS[name];
  const field = (which: "epoch" | "sample" | "view"): number => {
    const [own, given] = [stream[which], at[which]];
    if (typeof own === "number") {
      if (given === undefined) return own;
    } else if (given !== undefined && Number.isInteger(given) && given >= own[0] && given <= own[1])
      return given;
    const expected = typeof own === "number" ? "no value" : `an integer in [${own.join(", ")}]`;
    throw new SslMemError(
      "INTERNAL",
      `Expected ${expected} for ${which} of the random stream ${name} but received ${given}.`,
    );
  };
  return {
    seed,
    purpose: stream.purpose,
    epoch: field("epoch"),
    sample: field("sample"),
    view: field("view"),
  };
}

/** The same for views, whose samples and numbers the native core fills in. @param epoch of training; else left out */
export function viewKeys(
  name: "trainViews" | "scoreViews" | "plainViews",
  seed: number,
  epoch = 0,
): { seed: number; purpose: Purpose; epoch: number } {
  const { purpose, epoch: own } = STREAMS[name] as Stream;
  return { seed, purpose, epoch: typeof own === "number" ? own : epoch };
}
