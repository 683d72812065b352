// Makes what benchmarks/analyze.ts analyses: eight score parts a pair, with classes and the kept distances of K views, and
// image facts; values by hash, so that they are the same each time. Arguments: folder, images, K, pairs.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FACT_NAMES } from "../src/analyze/fact-names.js";
import { literal, query } from "../src/tables/index.js";

const [folder, images, k, pairs] = process.argv.slice(2) as [string, string, string, string];
const PARTS = 8;
const distances = (Number(k) * (Number(k) - 1)) / 2;
/** A number in [0, 1) by hash. */
const uniform = (of: string) => `((hash(${of}) % 1000003) / 1000003)`;
/** The distances under one encoder: a constant of the image, which all pairs share, and noise. */
const drawn = (pair: number, encoder: number) => {
  const noise = uniform(`(i * ${distances} + j) * 64 + ${2 * pair + encoder}`);
  return `list_transform(range(${distances}), j -> 0.2 + 0.1 * ${uniform(`i * 64 + ${32 + encoder}`)} + 0.1 * ${noise})`;
};
for (let pair = 0; pair < Number(pairs); pair++) {
  mkdirSync(join(folder, `pair-${pair}`));
  for (let part = 0; part < PARTS; part++) {
    const path = join(folder, `pair-${pair}`, `part-0000${part}-of-0000${PARTS}.parquet`);
    await query(
      `COPY (WITH drawn AS (SELECT i, ['shared', 'candidate', 'independent', 'external'][1 + i % 4] AS subset,
           ${drawn(pair, 0)} AS views_f, ${drawn(pair, 1)} AS views_g FROM range(${images}) r(i) WHERE i % ${PARTS} = ${part}),
         losses AS (SELECT *, list_avg(views_f) - CASE subset WHEN 'candidate' THEN 0.01 ELSE 0 END AS lf,
           list_avg(views_g) AS lg FROM drawn)
         SELECT i AS index, 'folder/' || i || '.png' AS id, subset, (i % 100)::INTEGER AS label, lf, lg, 0.01 AS lf_se,
           0.01 AS lg_se, lg - lf AS memorization, 0.01 AS memorization_se, (lg - lf) / (lg + lf) AS sslmem, 0.02 AS se,
           ${pair} AS pair, views_f, views_g FROM losses)
       TO ${literal(path)} (FORMAT parquet, KV_METADATA {configuration: '{"views":${k},"scheme":"pairs","distance":"l2"}'})`,
    );
  }
}
const columns = FACT_NAMES.map((name, j) => `${uniform(`i * 16 + ${j}`)} AS ${name}`).join(", ");
await query(
  `COPY (SELECT i AS index, ${columns} FROM range(${images}) r(i)) TO ${literal(join(folder, "facts.parquet"))} (FORMAT parquet)`,
);
console.log(JSON.stringify({ folder }));
