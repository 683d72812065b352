import { longest } from "./arrays.js";

/** A name may hold line breaks and tabs, which would break a row in two. */
const oneLine = (cell: string): string =>
  cell.replace(/[\t\n\r]/g, (c) => (c === "\n" ? "\\n" : c === "\t" ? "\\t" : "\\r"));

/** Rows of cells as lines with aligned columns: the first to the left, the others to the right. */
export function table(texts: readonly (readonly string[])[]): string[] {
  const rows = texts.map((row) => row.map(oneLine));
  const widths = (rows[0] ?? []).map((_, i) => longest(rows.map((row) => row[i] ?? "")));
  return rows.map(
    (row) =>
      `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("  ")}`,
  );
}
