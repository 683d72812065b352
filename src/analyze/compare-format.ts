import type { ComparisonReport } from "./compare-schema.js";
import { table } from "./table.js";
import { p, percent, plain, signed } from "./words.js";

/** A comparison as text for a terminal. */
export function formatComparison({ score, subset, pairs }: ComparisonReport): string {
  const which = subset === "all" ? "all images" : `${subset} images`;
  const lines = [`Rankings by ${score}, ${which}:`, ""];
  lines.push(
    ...table([
      ["", "n", "Kendall tau-b", "p", "Spearman", "Pearson", "RBO", "mean difference"],
      ...pairs.map((pair) => [
        ...[`${pair.first} – ${pair.second}`, String(pair.n)],
        ...[signed(pair.kendall.tau_b, 3), p(pair.kendall.p_two_sided), signed(pair.spearman.rho, 3)],
        ...[signed(pair.pearson, 3), plain(pair.rank_biased_overlap.value, 3), signed(pair.mean_difference)],
      ]),
    ]),
  );
  for (const { first, second, top, only_first, only_second } of pairs) {
    if (top.length > 0) lines.push("", `Most memorised lists of ${first} and ${second}:`);
    if (top.length > 0)
      lines.push(
        ...table([
          ["k", "in both", "overlap", "by chance", "p of chance"],
          ...top.map((entry) => [
            ...[String(entry.k), String(entry.common), percent(entry.overlap), percent(entry.chance)],
            p(entry.p_chance),
          ]),
        ]),
      );
    if (only_first + only_second > 0)
      lines.push(`  Left out: ${only_first} images only ${first} has, ${only_second} only ${second}.`);
  }
  return lines.join("\n");
}
