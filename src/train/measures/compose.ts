import { accumulated } from "./accumulated.js";
import { plain } from "./loss-gradients.js";
import { recorded } from "./recorded.js";
import { reduced } from "./reduced.js";
import type { Measure, MeasureRule, Measuring } from "./types.js";

/**
 * The rules of measuring from the inside out. A part is recorded, not the loop over parts, so that a recording holds the
 * memory of one part and is made once; processes meet once in a step, when all parts are done. What changes a part's gradients
 * before they are averaged (DP-SGD) belongs in front of `accumulated`.
 */
const RULES: readonly MeasureRule[] = [recorded, accumulated, reduced];

/** How a model measures its batches. */
export const measureOf = (given: Measuring): Measure =>
  RULES.reduce((measure, rule) => rule(measure, given), plain(given));
