import test from "ava";
import { depthTrend } from "../../../src/localize/layer-summary.js";
import type { LayerSummary } from "../../../src/localize/localization-schema.js";

function layers(means: readonly number[], external: readonly number[] | null): LayerSummary[] {
  return means.map((mean, position) => ({
    layer: `l${position}`,
    position,
    dim: 1,
    units: 1,
    extremes: { n: 0, most: null, least: null },
    subsets: [
      {
        subset: "candidate",
        n: 9,
        mean,
        sd: 1,
        se: 0.1,
        increment: null,
        relative: external && { mean: mean - (external[position] as number), se: 0.1 },
      },
    ],
  }));
}

/** Pairs of layers in the order of depth minus pairs against it, over all pairs; without ties that is tau-b. */
function slow(means: readonly number[]): number {
  let sum = 0;
  for (let a = 0; a < means.length; a++)
    for (let b = a + 1; b < means.length; b++) sum += Math.sign((means[b] as number) - (means[a] as number));
  return sum / ((means.length * (means.length - 1)) / 2);
}

test("the trend is 1 where every layer adds, −1 where every layer takes away, and counts pairs between", (t) => {
  t.is(depthTrend(layers([0.1, 0.2, 0.3], null)).raw, 1);
  t.is(depthTrend(layers([0.3, 0.2, 0.1], null)).raw, -1);
  const means = [0.09, 0.12, 0.11, 0.18, 0.21, 0.2, 0.31];
  const external = [0.01, 0.05, 0.09, 0.1, 0.02, 0.19, 0.4];
  const trend = depthTrend(layers(means, external));
  t.true(Math.abs((trend.raw as number) - slow(means)) < 1e-12);
  const relative = means.map((mean, i) => mean - (external[i] as number));
  t.true(Math.abs((trend.relative as number) - slow(relative)) < 1e-12);
});

test("without external images, with one layer, or without variation it is not defined", (t) => {
  t.is(depthTrend(layers([0.1, 0.2], null)).relative, null);
  t.is(depthTrend(layers([0.1], [0])).raw, null);
  t.is(depthTrend(layers([0.1, 0.1], [0, 0])).raw, null);
});
