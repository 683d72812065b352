// One trial of the whole analysis of a million scored images, with classes, image facts and the kept view distances of
// K = 5; prints one JSON line with time and peak memory. Argument: how many images (default 1,000,000).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareRankings } from "../src/analyze/compare.js";
import { FACT_NAMES } from "../src/analyze/facts.js";
import { analyze } from "../src/analyze/index.js";
import { literal, query } from "../src/tables/index.js";

const images = Number(process.argv[2] ?? 1_000_000);
const PARTS = 8;
const folder = mkdtempSync(join(tmpdir(), "sslmem-analyze-"));
/** A number in [0, 1) by hash. */
const uniform = (of: string) => `((hash(${of}) % 1000003) / 1000003)`;
try {
  const parts: string[] = [];
  for (let part = 0; part < PARTS; part++) {
    const path = join(folder, `part-0000${part}-of-0000${PARTS}.parquet`);
    parts.push(path);
    const distances = (shift: number) =>
      `list_transform(range(10), j -> 0.2 + 0.2 * ${uniform(`i * 20 + j + ${shift}`)})`;
    await query(
      `COPY (WITH drawn AS (SELECT i, ['shared', 'candidate', 'independent', 'external'][1 + i % 4] AS subset,
           ${distances(0)} AS views_f, ${distances(10)} AS views_g FROM range(${images}) r(i) WHERE i % ${PARTS} = ${part}),
         losses AS (SELECT *, list_avg(views_f) - CASE subset WHEN 'candidate' THEN 0.01 ELSE 0 END AS lf,
           list_avg(views_g) AS lg FROM drawn)
         SELECT i AS index, 'folder/' || i || '.png' AS id, subset, (i % 100)::INTEGER AS label, lf, lg, 0.01 AS lf_se,
           0.01 AS lg_se, lg - lf AS memorization, 0.01 AS memorization_se, (lg - lf) / (lg + lf) AS sslmem, 0.02 AS se,
           0 AS pair, views_f, views_g FROM losses)
       TO ${literal(path)} (FORMAT parquet, KV_METADATA {configuration: '{"views":5,"scheme":"pairs","distance":"l2"}'})`,
    );
  }
  const facts = join(folder, "facts.parquet");
  const columns = FACT_NAMES.map((name, j) => `${uniform(`i * 16 + ${j}`)} AS ${name}`).join(", ");
  await query(
    `COPY (SELECT i AS index, ${columns} FROM range(${images}) r(i)) TO ${literal(facts)} (FORMAT parquet)`,
  );
  const began = performance.now();
  const analysis = await analyze({ parts, outlierIds: null, knn: [], skipped: [], facts });
  const seconds = (performance.now() - began) / 1000;
  const maxRssMb = process.resourceUsage().maxRSS / 1024;
  const again = performance.now();
  const input = { name: "a", parts, pair: null };
  await compareRankings({
    inputs: [input, { ...input, name: "b" }],
    ...{ score: "sslmem", subset: "all", top: [100], persistence: 0.98 },
  });
  const compareSeconds = (performance.now() - again) / 1000;
  console.log(JSON.stringify({ images: analysis.images, seconds, maxRssMb, compareSeconds }));
} finally {
  rmSync(folder, { recursive: true });
}
