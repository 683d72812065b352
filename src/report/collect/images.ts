import type { Manifest } from "../../data/index.js";
import { SslMemError } from "../../errors.js";
import { query, typedRows } from "../../tables/index.js";
import type { ShownImage } from "../report-schema.js";

/**
 * Facts of the images of a list, in its order. Throws SslMemError DATA when one of them has no score.
 *
 * @param points SQL of pointsSql @param manifest null when the run has none
 */
export async function shownImages(
  points: string,
  indices: readonly number[],
  manifest: Manifest | null,
): Promise<ShownImage[]> {
  if (indices.length === 0) return [];
  const rows = await query(
    `SELECT index::DOUBLE AS index, id, label, lf, lg FROM (${points}) WHERE index IN (${indices.map(Number).join(", ")})`,
  );
  const typed = typedRows(rows, {
    index: "number",
    id: "string",
    label: "number?",
    lf: "number",
    lg: "number",
  });
  const byIndex = new Map(typed.map((row) => [row.index, row]));
  return indices.map((index) => {
    const row = byIndex.get(index);
    if (row === undefined)
      throw new SslMemError(
        "DATA",
        `Expected a score of image ${index}, which analysis.json lists, but the score parts have none.`,
        "sslmem score --run RUN makes the analysis again",
      );
    const { id, label, lf, lg } = row;
    const entry = manifest?.entry(index);
    return {
      index,
      id,
      lf,
      lg,
      label: label === null ? null : (manifest?.facts.labelNames?.[label] ?? String(label)),
      width: entry?.width || null,
      height: entry?.height || null,
      views: null,
    };
  });
}
