/**
 * Why each null in a result is one.
 *
 * @param value of JSON @param reasonOf what to say of the null at a path of names, such as `layers.0.increment`
 * @returns path → reason
 */
export function reasonsOfNulls(
  value: unknown,
  reasonOf: (path: string) => string,
  path = "",
): Record<string, string> {
  if (value === null) return { [path]: reasonOf(path) };
  if (typeof value !== "object") return {};
  return Object.fromEntries(
    Object.entries(value as object).flatMap(([key, inner]) =>
      Object.entries(reasonsOfNulls(inner, reasonOf, path === "" ? key : `${path}.${key}`)),
    ),
  );
}
