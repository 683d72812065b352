import { SslMemError } from "../../errors.js";
import { columnNames, double, fileList, literal } from "../../tables/index.js";
import { FACT_NAMES, type FactName } from "../fact-names.js";
import type { CurateOptions } from "./options.js";

/** SQL condition of the subset. */
export const subsetOf = ({ subset }: CurateOptions): string =>
  subset === "all" ? "true" : `subset = ${literal(subset)}`;
const isFact = (name: string): name is FactName => (FACT_NAMES as string[]).includes(name);

/** SQL that joins the facts that the slice is cut by. */
export async function joinOf({ facts, slice }: CurateOptions): Promise<string> {
  const fact = slice?.split("=")[0] ?? "";
  if (slice === null || fact === "class") return "";
  if (facts === null || !isFact(fact) || !(await columnNames(facts)).includes(fact))
    throw unknownSlice(slice, "there is no such image fact");
  return `JOIN read_parquet(${fileList(facts)}) f USING (index)`;
}

/** SQL condition of the slice. Throws SslMemError USAGE for an unknown one. */
export function sliceOf({ slice, slices, labelNames }: CurateOptions): string {
  if (slice === null) return "true";
  const [by, name = ""] = [slice.slice(0, slice.indexOf("=")), slice.slice(slice.indexOf("=") + 1)];
  if (by === "class") {
    const number = labelNames === null ? Number(name) : labelNames.indexOf(name);
    if (name === "" || !Number.isInteger(number) || number < 0)
      throw unknownSlice(slice, `the classes are ${labelNames?.join(", ") ?? "numbers"}`);
    return `label = ${number}`;
  }
  const range = /^(-?[\d.eE+-]+)\.\.(-?[\d.eE+-]+)$/.exec(name);
  const known = slices.find(({ key }) => key === slice);
  const [from, to] = range
    ? [Number(range[1]), Number(range[2])]
    : [known?.from ?? Number.NaN, known?.to ?? Number.NaN];
  if (!Number.isFinite(from) || !Number.isFinite(to))
    throw unknownSlice(slice, `the slices are ${slices.map(({ key }) => key).join(", ") || "none"}`);
  return `f.${by} BETWEEN ${double(from)} AND ${double(to)}`;
}

const unknownSlice = (slice: string, why: string): SslMemError =>
  new SslMemError(
    "USAGE",
    `Expected a slice of the run but received "${slice}": ${why}.`,
    "--slice class=dog, --slice brightness=q4, or --slice brightness=0.2..0.4",
  );
