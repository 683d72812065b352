// Training steps of PyTorch, as make_steps.py and make_methods.py keep them, and how near ours must be.
import { readFileSync } from "node:fs";
import type { ExecutionContext } from "ava";
import type { StoredTensor } from "../../src/nn/index.js";
import { farthest } from "../close.js";
import { initialOf, projections, uniform } from "../counted.js";

/** Steps of several runs. */
export interface GoldenSteps {
  readonly steps: number;
  readonly warmup: number;
  /** Images of a step. */
  readonly batch: number;
  readonly imageSize: number;
  /** Side of the cells of one colour that the images are made of, pixels. */
  readonly cell: number;
  // biome-ignore lint/suspicious/noExplicitAny: runs have settings and results of their own
  readonly runs: readonly any[];
  // biome-ignore lint/suspicious/noExplicitAny: settings of all runs
  readonly [setting: string]: any;
}

/** An array of a model. */
export interface GoldenArray {
  name: string;
  /** PyTorch's. */
  shape: number[];
  /** Norm of its change over the five steps; for an array that stays as it is, that of its layer's weight. */
  change: number;
  /** 16 sums of the change under pseudo-random signs. */
  projections: number[];
  /** Four of its values at the end. */
  places: number[];
  values: number[];
  /** How far rounding takes PyTorch's own change from that of float64, relative to `change`. */
  rounding: number;
}

/**
 * What rounding does is measured, not bounded: by PyTorch's float32, and by float64 with inputs off by one float32 rounding, against
 * float64. Ours rounds at other places, and a difference's norm is estimated from 16 sums, within a third: six times the
 * farthest of those samples is allowed.
 */
const ROUNDING = 6;
/**
 * The least of a sample that is counted on, since rounding may put a rectifier's input on the other side of zero in one engine and
 * not in the samples of a run. Where that happened it changed 2e-3 to 2e-2 of a layer's change, 1e-5 to 7e-4 of running
 * statistics', and later losses by 1e-5 to 1e-3; these lie in the middle. An array whose gradient is zero on either side
 * has only roundings.
 */
const FLIP = { learned: 1e-2, running: 1e-4, still: 1e-6, loss: 1e-4 };

export function readGolden(name: string): GoldenSteps {
  const path = new URL(`../../../test/golden/torch/${name}`, import.meta.url).pathname;
  return JSON.parse(readFileSync(path, "utf8"));
}

/** The arrays before the first step; a key encoder begins as a copy (`begins` of make_methods.py). */
export const startOf = (arrays: readonly GoldenArray[]): Map<string, StoredTensor> =>
  new Map(
    arrays.map(({ name, shape }) => [
      name,
      { shape, data: initialOf(name.replace("state.key.", ""), shape) },
    ]),
  );

/** The two views of each image of a step, as `views` of make_steps.py has them, channels last: image after image. */
export function pairsOf({ imageSize: size, cell, batch }: GoldenSteps, step: number): Float32Array[] {
  const cells = size / cell;
  return Array.from({ length: 2 * batch }, (_, place) => {
    const [image, view] = [Math.floor(place / 2), place % 2];
    const pattern = uniform(`image ${step} ${image}`, cells * cells * 3);
    const noise = uniform(`view ${step} ${image} ${view}`, size * size * 3);
    return Float32Array.from(noise, (value, i) => {
      const [y, x, channel] = [Math.floor(i / (3 * size)), Math.floor(i / 3) % size, i % 3];
      const at = (Math.floor(y / cell) * cells + Math.floor(x / cell)) * 3 + channel;
      return (pattern[at] as number) + 0.5 * value;
    });
  });
}

/** Images one after the other in one array. */
export function joined(images: readonly Float32Array[]): Float32Array {
  const length = images[0]?.length ?? 0;
  const all = new Float32Array(images.length * length);
  for (const [i, image] of images.entries()) all.set(image, i * length);
  return all;
}

/** Losses of the steps are PyTorch's. @param rounding what rounding did to each of them there */
export function assertLosses(
  t: ExecutionContext,
  seen: readonly number[],
  losses: readonly number[],
  rounding: readonly number[],
): void {
  t.is(seen.length, losses.length);
  for (const [step, loss] of losses.entries()) {
    const least = step === 0 ? Math.max(rounding[0] as number, 1e-6) : Math.max(...rounding, FLIP.loss);
    t.is(farthest([seen[step] as number], [loss], ROUNDING * least), null, `loss of step ${step}`);
  }
}

/** Arrays changed as PyTorch's did. @param still names of those that no gradient reaches */
export function assertChanges(
  t: ExecutionContext,
  arrays: readonly GoldenArray[],
  after: ReadonlyMap<string, StoredTensor>,
  still: readonly string[] = [],
): void {
  const before = startOf(arrays);
  t.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  const kindOf = (name: string) =>
    still.includes(name) ? "still" : name.includes("running_") ? "running" : "learned";
  for (const kind of ["learned", "running", "still"] as const) {
    const those = arrays.filter(({ name }) => kindOf(name) === kind);
    const limit = ROUNDING * Math.max(FLIP[kind], ...those.map(({ rounding }) => rounding));
    const distances = those.map((array) => {
      const { data } = after.get(array.name) as StoredTensor;
      const start = (before.get(array.name) as StoredTensor).data;
      const change = Float64Array.from(data, (value, i) => value - (start[i] as number));
      const sums = projections(array.name, change);
      const squares = sums.map((sum, k) => (sum - (array.projections[k] as number)) ** 2);
      const distance = Math.sqrt(squares.reduce((a, b) => a + b) / squares.length) / array.change;
      t.true(
        distance <= limit,
        `${array.name}: its change is off by ${distance} of itself; ${limit} allowed`,
      );
      const some = array.places.map((place) => data[place] as number);
      t.is(farthest(some, array.values, limit * array.change, 1e-6), null, `values of ${array.name}`);
      return distance;
    });
    if (those.length > 0) t.log(`${kind}: off by ${Math.max(...distances)}, allowed ${limit}`);
  }
}
