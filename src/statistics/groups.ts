import type { Session } from "../tables/index.js";

/** Values beyond this number are kept as so many groups of neighbours. */
export const MOST_GROUPS = 4096;

/**
 * The values of a sample in ascending order, in groups of neighbours: up to 4096 values each is a group of its own, more
 * are cut into 4096 groups of equal size (± 1). So a resample of a million values needs 4096 numbers.
 */
export interface Groups {
  /** Values in all. */
  readonly n: number;
  /** [groups] values in each; their mean, their sum of squared deviations from it, the smallest and the largest. */
  readonly size: Float64Array;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Groups the values of `expression` over the rows of table `points` that fulfil `condition`. */
export async function groupsOf(session: Session, expression: string, condition: string): Promise<Groups> {
  const [size, mean, squares, low, high] = (await session.columns(
    `WITH ranked AS (SELECT ${expression} AS x, row_number() OVER (ORDER BY ${expression}) - 1 AS r, count(*) OVER () AS n
       FROM points WHERE ${condition}),
     grouped AS (SELECT x, CASE WHEN n <= ${MOST_GROUPS} THEN r ELSE r * ${MOST_GROUPS} // n END AS g FROM ranked)
     SELECT count(*)::DOUBLE, avg(x), var_pop(x) * count(*), min(x), max(x) FROM grouped GROUP BY g ORDER BY g`,
  )) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  return { n: size.reduce((a, b) => a + b, 0), size, mean, squares, low, high };
}

/** Groups of values that are in memory; sorts a copy. */
export function groupsOfValues(values: Float64Array): Groups {
  const sorted = Float64Array.from(values).sort();
  return {
    n: sorted.length,
    size: new Float64Array(sorted.length).fill(1),
    mean: sorted,
    squares: new Float64Array(sorted.length),
    low: sorted,
    high: sorted,
  };
}
