import { join } from "node:path";
import test from "ava";
import { analyze } from "../../src/analyze/index.js";
import { farthest } from "../close.js";
import { temporaryDirectory } from "../train/helpers.js";
import { momentsOf, normals, type Row, writePart } from "./helpers.js";

const root = temporaryDirectory();
const OPTIONS = { outlierIds: null, knn: [], skipped: [] };
const K = 8;

/**
 * Scores of images whose true values spread by `signal` and whose views add noise: the distance of views i and j under g
 * is 1 + true value + the mean of the two views' noises.
 */
async function scored(
  name: string,
  scheme: "pairs" | "disjoint",
  signal: number,
  noise: number,
  keep = true,
) {
  const normal = normals(9);
  const views: { f: number[]; g: number[] }[] = [];
  const rows: Row[] = Array.from({ length: 400 }, () => {
    const truth = signal * normal();
    const of = Array.from({ length: K }, () => noise * normal());
    const pairs = of.flatMap((_, i) => of.flatMap((_, j) => (j > i ? [[i, j] as const] : [])));
    const chosen = scheme === "pairs" ? pairs : pairs.filter(([i, j]) => i % 2 === 0 && j === i + 1);
    const g = chosen.map(([i, j]) => 1 + truth + ((of[i] as number) + (of[j] as number)) / 2);
    views.push({ f: g.map(() => 1), g });
    const lg = momentsOf(g).mean;
    return { subset: "candidate", sslmem: (lg - 1) / (lg + 1) };
  });
  const metadata = { configuration: JSON.stringify({ views: K, scheme, distance: "l2" }) };
  const part = await writePart(join(root, name), rows, { metadata, ...(keep ? { views } : {}) });
  return { analysis: await analyze({ ...OPTIONS, parts: [part] }), rows };
}

for (const scheme of ["pairs", "disjoint"] as const) {
  test(`noise of known size: reliability is forecast, and more views are asked for (${scheme})`, async (t) => {
    const { analysis } = await scored(`noisy-${scheme}.parquet`, scheme, 0.05, 0.15);
    const found = analysis.convergence;
    if (found === null) return t.fail();
    // Score ≈ (truth + mean of K noises) / 2: variance of the truth 0.05², of the noise 0.15² / K.
    const expected = 0.05 ** 2 / (0.05 ** 2 + 0.15 ** 2 / K);
    // The standard error of a correlation of 0.47 over 400 images is 0.04; Spearman's is some 0.02 below Pearson's.
    t.true(Math.abs((found.reliability as number) - expected) < 0.1, `${found.reliability} ${expected}`);
    t.is(found.enough, false);
    // 0.9 needs signal : noise of 9 : 1, so K = 9 × 9 = 81 views.
    t.true((found.needed as number) > 50 && (found.needed as number) < 130, `${found.needed}`);
    t.regex(found.sentence, /8 views were not enough/);
    const at = (k: number) => found.steps.find((step) => step.k === k);
    t.true((at(4)?.spearman_halves as number) < (found.reliability as number));
    t.is(at(8)?.spearman_halves, null);
    t.is(farthest([at(8)?.spearman_with_all as number], [1], 1e-12), null);
    t.is(at(32)?.se, null);
    t.true((at(32)?.spearman_predicted as number) > (at(16)?.spearman_predicted as number));
    // Error of half a mean of K noises: 0.15 / 2 / √K; the score's slope at L_g = L_f is 1/2. The mean of the estimated
    // standard errors is smaller by c4 of the number of values: 0.965 for 8 views, 0.921 for 4 pairs of views.
    const error = (0.15 / 2 / Math.sqrt(K)) * (scheme === "pairs" ? 0.965 : 0.921);
    t.true(Math.abs((at(8)?.se as number) / error - 1) < 0.06, `${at(8)?.se} ${error}`);
  });
}

test("views that agree are enough", async (t) => {
  const { analysis } = await scored("clean.parquet", "pairs", 0.05, 0.005);
  t.is(analysis.convergence?.enough, true);
  t.true((analysis.convergence?.needed as number) <= 4);
  t.true((analysis.convergence?.steps.find(({ k }) => k === 4)?.top_overlap as number) > 0.8);
});

test("without kept distances there is no convergence, with the reason", async (t) => {
  const { analysis } = await scored("bare.parquet", "pairs", 0.05, 0.005, false);
  t.is(analysis.convergence, null);
  t.regex(analysis.why.convergence ?? "", /--keep-views/);
});
