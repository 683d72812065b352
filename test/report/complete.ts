import { type Analysis, analysisSchema, type Estimate } from "../../src/analyze/index.js";

const NAMES = ["shared", "candidate", "independent", "external"];
const around = (value: number | null, half = 0.01): Estimate =>
  value === null ? { value, low: null, high: null } : { value, low: value - half, high: value + half };

/**
 * An analysis with every section filled, so that every section of the page is drawn: what the small fixture gives no
 * figures for (slices, near-duplicates, convergence) is made up here. Names are hostile.
 */
export function complete(analysis: Analysis): Analysis {
  const candidate = analysis.subsets.find(({ subset }) => subset === "candidate");
  const relative = candidate?.relative.mean ?? 0;
  const discovery = { n: 3, share: 0.2 };
  const made = {
    views: { k: 4, scheme: "pairs", distance: "l2" },
    intervals: {
      level: 0.95,
      resamples: 2000,
      seed: 0,
      of_means: "points",
      method: "seeded bootstrap over <images>",
    },
    headline: {
      verdict: "maybe",
      sentence: `The candidates may be memorised, says a sentence with <b>marks</b>.`,
      relative: around(relative),
      raw: around(candidate?.mean ?? 0),
      p_greater: 0.03,
      cohens_d: around(0.4, 0.3),
    },
    by_pair: [{ pair: 0, subsets: NAMES.map((subset) => ({ subset, n: 10, mean: 0.01, relative: null })) }],
    comparisons: [
      {
        first: "candidate",
        second: "external",
        n: [13, 5],
        difference: around(relative),
        cohens_d: around(0.4, 0.3),
        auc: around(0.6, 0.2),
        mann_whitney: { u: 40, z: 1.2, p_two_sided: 0.23, p_greater: 1e-9 },
        kolmogorov_smirnov: { d: 0.3, p_two_sided: null },
      },
    ],
    membership: (["sslmem", "memorization", "alignment_f"] as const).map((score, i) => ({
      score,
      members: "candidate",
      others: "external",
      n: [13, 5],
      auc: around(0.6 - i / 20, 0.2),
      tpr_at_fpr: [0.001, 0.01].map((fpr) => ({ fpr, resolved: false, ...around(0.05, 0.04) })),
      balanced_accuracy: around(0.55, 0.1),
      threshold: 0.01,
      roc: [0, 0.2, 0.6, 1].map((fpr) => ({ fpr, tpr: Math.sqrt(fpr) })),
    })),
    point_error: NAMES.map((subset) => ({
      subset,
      views: { median: 0.01, p90: 0.02 },
      pairs: { median: null, p90: null },
      reliability: 0.7,
    })),
    convergence: {
      subset: "candidate",
      n: 13,
      sampled: false,
      k: 4,
      top: 5,
      reliability: 0.8,
      needed: 9,
      enough: false,
      steps: [2, 3, 4, 8].map((k) => ({
        k,
        se: k > 4 ? null : 0.05 / k,
        spearman_with_all: k > 4 ? null : 1 - 1 / (k * k),
        spearman_halves: k > 2 ? null : 0.5,
        spearman_predicted: 1 - 1 / k,
        top_overlap: k > 2 ? null : 0.4,
      })),
      sentence: "Four views were not enough for the top list.",
    },
    slices: {
      slices: [...Array(16).keys()].map((i) => ({
        by: i < 2 ? "class" : "brightness",
        name: i === 0 ? "<script>alert('class')</script>" : `range ${i}`,
        key: `slice=${i}`,
        from: null,
        to: null,
        n: 6,
        n_external: i === 3 ? 0 : 2,
        mean: around(0.02),
        relative: around(i === 3 ? null : 0.02),
        contrast: around(i === 3 ? null : (i - 8) / 100),
        p_two_sided: 0.01 * i,
        p_adjusted: Math.min(1, 0.16 * i),
      })),
      tested: 16,
      alpha: 0.05,
      most_memorized: "slice=15",
      sentence: "The bright ones are memorised more.",
    },
    near_duplicates: {
      pairs: 3,
      between_subsets: 1,
      by_subsets: [{ first: "candidate", second: "external", pairs: 1 }],
      listed: [
        {
          first: { index: 0, id: "<i>a</i>.png", subset: "candidate" },
          distance: 3,
          similarity: 0.95,
          second: { index: 1, id: "b.png", subset: "external" },
        },
      ],
      candidates_affected: 1,
      relative_without: around(relative, 0.02),
    },
    warnings: ["One pair of images breaks the experiment, says a <warning>."],
  };
  const subset = {
    mean_interval: { low: -0.01, high: 0.02 },
    sd_interval: { low: 0.01, high: 0.03 },
    lf: { mean: 0.3, sd: 0.1 },
    lg: { mean: 0.31, sd: 0.1 },
    quantiles: [0.05, 0.5, 0.95].map((q) => ({ q, ...around(q / 10 - 0.05) })),
    above: [0, 0.5].map((threshold) => ({ threshold, ...around(0.5 - threshold / 2, 0.1) })),
    above_relative: [0, 0.5].map((threshold) => ({ threshold, ...around(0.4 - threshold / 2, 0.1) })),
    paired: { t: 1, df: 12, p_two_sided: 0.3, p_greater: 0.15, d_z: around(0.28, 0.5) },
    discoveries: {
      alpha: 0.05,
      above_zero: discovery,
      above_external_mean: discovery,
      beyond_external: discovery,
    },
    histogram: { from: -1, to: 1, counts: [1, 2] },
  };
  const image = {
    label: null,
    error: 0.01,
    low: -0.1,
    high: 0.1,
    relative: 0,
    relative_low: null,
    relative_high: null,
  };
  const images = (list: Analysis["most_memorized"]) => list.map((one) => ({ ...image, ...one }));
  const filled = Object.fromEntries(
    Object.entries(made).map(([name, value]) => {
      if (name === "slices") return [name, value]; // the fixture's own are few, and all of classes
      const there = (analysis as Record<string, unknown>)[name];
      return [
        name,
        there === undefined || there === null || (Array.isArray(there) && there.length === 0) ? value : there,
      ];
    }),
  );
  return analysisSchema.parse({
    ...analysis,
    ...filled,
    subsets: analysis.subsets.map((one) => ({
      ...subset,
      ...one,
      memorization: Object.assign({ low: null, high: null }, one.memorization),
      relative: Object.assign({ low: null, high: null }, one.relative),
    })),
    most_memorized: images(analysis.most_memorized),
    least_memorized: images(analysis.least_memorized),
  });
}
