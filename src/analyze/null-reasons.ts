import type { Analysis } from "./types.js";

const SECTIONS: Record<string, string> = {
  outliers: "the data set says of no image that it was planted",
  convergence: "the parts do not keep the distances of the views; score with --keep-views",
  slices: "there are neither labels nor image facts",
  near_duplicates: "the images were not compared with each other",
};
const ENDINGS: readonly [RegExp, string][] = [
  [/(^|\.)pair_sd$|\.pairs\.(median|p90)$/, "one pair"],
  [/^views\./, "the parts do not say how they were scored"],
  [/relative|_external\.share$/, "no external images, or too few values"],
  [/\.label$/, "no labels"],
  [/^slices\.slices\.\d+\.(from|to)$/, "a class has no range"],
  [/^slices\.most_memorized$/, "no slice differs significantly from the others"],
  [/^convergence\.steps\.\d+\./, "only where there are enough views, or only by forecast"],
];

/** Fills `why` with the reason of every null in the analysis, by its path. */
export function explainNulls(analysis: Analysis): void {
  const visit = (value: unknown, path: string): void => {
    if (value === null) {
      const ending = ENDINGS.find(([pattern]) => pattern.test(path))?.[1];
      analysis.why[path] = SECTIONS[path] ?? ending ?? "too few values, or values that do not vary";
    } else if (typeof value === "object" && path !== "why") {
      for (const [key, inner] of Object.entries(value as object))
        visit(inner, path === "" ? key : `${path}.${key}`);
    }
  };
  visit(analysis, "");
}
