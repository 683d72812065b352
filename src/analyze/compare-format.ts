import { append } from "../arrays.js";
import { p, percent, plain, signed } from "../text/number-words.js";
import { table } from "../text/text-table.js";
import type { ComparisonReport } from "./compare-schema.js";

/** A comparison as text for a terminal. */
export function formatComparison({ score, subset, pairs, warnings }: ComparisonReport): string {
  const which = subset === "all" ? "all images" : `${subset} images`;
  const lines = [`Rankings by ${score}, ${which}:`, ""];
  append(
    lines,
    table([
      ["", "n", "Kendall tau-b", "p", "Spearman", "Pearson", "RBO", "mean difference"],
      ...pairs.map((pair) => [
        `${pair.first} – ${pair.second}`,
        String(pair.n),
        signed(pair.kendall.tau_b, 3),
        p(pair.kendall.p_two_sided),
        signed(pair.spearman.rho, 3),
        signed(pair.pearson, 3),
        plain(pair.rank_biased_overlap.value, 3),
        signed(pair.mean_difference),
      ]),
    ]),
  );
  const lists = pairs.flatMap(({ first, second, top }) => top.map((entry) => ({ ...entry, first, second })));
  if (lists.length > 0)
    append(lines, [
      "",
      "Lists of the k most memorised:",
      ...table([
        ["", "k", "in both", "overlap", "by chance", "p of chance"],
        ...lists.map(({ first, second, k, common, overlap, chance, p_chance }) => [
          `${first} – ${second}`,
          String(k),
          String(common),
          percent(overlap),
          percent(chance),
          p(p_chance),
        ]),
      ]),
    ]);
  for (const { first, second, only_first, only_second } of pairs)
    if (only_first + only_second > 0)
      lines.push("", `Left out: ${only_first} images only ${first} has, ${only_second} only ${second}.`);
  if (warnings.length > 0) append(lines, ["", "Take note:", ...warnings.map((line) => `  ${line}`)]);
  return lines.join("\n");
}
