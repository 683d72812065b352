import { kendallTauB } from "../statistics/rank-correlation.js";
import type { LayerSummary } from "./localization-schema.js";

/**
 * How steadily LayerMem grows with depth: Kendall's tau-b between a layer's place and the candidates' LayerMem, raw and
 * minus that of the external images; 1 if every layer memorises more than the one before. Null where it is not defined.
 * The paper's tables (arXiv 2409.19069) all have tau near 1.
 */
export function depthTrend(layers: readonly LayerSummary[]): { raw: number | null; relative: number | null } {
  const candidates = layers.map(({ subsets }) => subsets.find(({ subset }) => subset === "candidate"));
  const tau = (values: readonly (number | null | undefined)[]): number | null => {
    if (values.length < 2 || values.some((value) => typeof value !== "number")) return null;
    const { value } = kendallTauB(Float64Array.from(values.keys()), Float64Array.from(values as number[]));
    return Number.isFinite(value) ? value : null;
  };
  return {
    raw: tau(candidates.map((one) => one?.mean)),
    relative: tau(candidates.map((one) => one?.relative?.mean)),
  };
}
