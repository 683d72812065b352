/** Reasons by the name of the number, where it is not that there are too few values. */
const REASONS: Record<string, string> = {
  increment: "no layer comes before the first",
  relative: "no external images",
  candidate_first: "no external images",
  tau: "scores that do not vary",
  tau_p: "scores that do not vary",
  classmem: "no labels",
  unitmem: "the activations are partly negative, so that the ratio says nothing",
  unitmem_median: "the activations are partly negative, so that the ratio says nothing",
};

/** Why each null in a result is one, by its path (`layers.0.increment`). */
export function explainNulls(value: unknown, path = ""): Record<string, string> {
  if (value === null) {
    const names = path.split(".").reverse();
    const named = names.find((name) => name in REASONS);
    return { [path]: (named && REASONS[named]) ?? "too few values" };
  }
  if (typeof value !== "object") return {};
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([key, inner]) =>
      Object.entries(explainNulls(inner, path === "" ? key : `${path}.${key}`)),
    ),
  );
}
