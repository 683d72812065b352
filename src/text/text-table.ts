import { longest } from "../arrays.js";

/** A name may hold line breaks and tabs, which would break a row in two. */
const oneLine = (cell: string): string =>
  cell.replace(/[\t\n\r]/g, (c) => (c === "\n" ? "\\n" : c === "\t" ? "\\t" : "\\r"));

/**
 * Rows of cells as lines with aligned columns: the first to the left, the others to the right (numbers) or to the left as well
 * (words). Every row has the cells of the first.
 */
export function table(
  texts: readonly (readonly string[])[],
  others: "numbers" | "words" = "numbers",
): string[] {
  const rows = texts.map((row) => row.map(oneLine));
  const widths = (rows[0] ?? []).map((_, i) => longest(rows.map((row) => row[i] ?? "")));
  const padded = (cell: string, i: number) =>
    i === 0 || others === "words" ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number);
  return rows.map((row) => `  ${row.map(padded).join("  ")}`.trimEnd());
}
