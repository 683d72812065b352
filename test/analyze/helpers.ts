import type { Moments } from "../../src/analyze/index.js";
import { column, writeParquet } from "../../src/tables/index.js";

/** Count, mean and standard deviation by their definitions. */
export function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  return { n, mean, sd: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1)) };
}

/** A row of a part; what is left out follows from sslmem. */
export interface Row {
  subset: string;
  sslmem: number;
  lf?: number;
  label?: number;
  se?: number;
  id?: string;
}

export interface PartOptions {
  pair?: number;
  metadata?: Record<string, string>;
  views?: { f: readonly number[]; g: readonly number[] }[];
}

/** Writes a score part with one row an image, indices from 0; L_f is 1 − sslmem unless it is given. */
export async function writePart(
  path: string,
  rows: readonly Row[],
  options: PartOptions = {},
): Promise<string> {
  const { pair = 0, metadata = {}, views } = options;
  const of = (value: (row: Row, i: number) => number) => Float64Array.from(rows, value);
  const lf = of((row) => row.lf ?? 1 - row.sslmem);
  await writeParquet(
    path,
    {
      index: Int32Array.from(rows, (_, i) => i),
      id: rows.map((row, i) => row.id ?? `image ${i}'s`),
      subset: rows.map(({ subset }) => subset),
      label: column(
        "i32",
        rows.map(({ label }) => label ?? null),
      ),
      lf,
      lg: of((row) => 1 + row.sslmem),
      memorization: of((row) => row.sslmem * 2),
      sslmem: of((row) => row.sslmem),
      se: of((row) => row.se ?? 0.01),
      pair: Int32Array.from(rows, () => pair),
      ...(views === undefined
        ? {}
        : {
            views_f: column(
              "list<f64>",
              views.map(({ f }) => f),
            ),
            views_g: column(
              "list<f64>",
              views.map(({ g }) => g),
            ),
          }),
    },
    metadata,
  );
  return path;
}

/** Deterministic standard normal numbers for tests (mulberry32; Box and Muller). */
export function normals(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (((x ^ (x >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
