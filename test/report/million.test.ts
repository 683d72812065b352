import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { analyze, writeAnalysis } from "../../src/analyze/index.js";
import { reportSchema, writeReport } from "../../src/report/index.js";
import { runPaths } from "../../src/run/paths.js";
import { literal, query } from "../../src/tables/index.js";
import { temporaryDirectory } from "../train/helpers.js";
import { complete } from "./complete.js";

const ROWS = 1_000_000;

test("a million scored images: the report stays below 5 MB and says what it draws of them", async (t) => {
  t.timeout(300_000);
  const paths = runPaths(join(temporaryDirectory(), "run"));
  mkdirSync(paths.scores, { recursive: true });
  // No more than the rows: neither settings, nor a list of images, nor weights. Losses by hash, so that they are the same
  // each time; candidates are aligned a little better by f.
  const part = join(paths.scores, "part-00000-of-00001.parquet");
  await query(
    `COPY (WITH drawn AS (SELECT i, (hash(i) % 1000003) / 1000003 AS u, (hash(i + ${ROWS}) % 1000003) / 1000003 AS v,
         ['shared', 'candidate', 'independent', 'external'][1 + i % 4] AS subset FROM range(${ROWS}) r(i)),
       losses AS (SELECT *, 0.2 + 0.2 * u - CASE subset WHEN 'candidate' THEN 0.01 ELSE 0 END AS lf, 0.2 + 0.2 * v AS lg FROM drawn)
       SELECT i AS index, 'folder/' || i || '.png' AS id, subset, NULL::INTEGER AS label, lf, lg, 0.01 AS lf_se, 0.01 AS lg_se,
         lg - lf AS memorization, 0.01 AS memorization_se, (lg - lf) / (lg + lf) AS sslmem, 0.02 AS se, 0 AS pair FROM losses)
     TO ${literal(part)} (FORMAT parquet)`,
  );
  await writeAnalysis(
    paths.analysis,
    complete(await analyze({ parts: [part], outlierIds: null, knn: [], skipped: [] })),
  );
  const began = performance.now();
  const { bytes, report } = await writeReport(paths.root);
  const seconds = (performance.now() - began) / 1000;
  t.log(`${seconds.toFixed(1)} s, ${(bytes / 1e6).toFixed(2)} MB`);
  t.true(bytes < 5_000_000);
  t.true(seconds < 60, `${seconds} s`);
  t.notThrows(() => reportSchema.parse(JSON.parse(readFileSync(paths.reportJson, "utf8"))));
  const counted = report.distributions.subsets.map(({ counts }) => counts.reduce((sum, n) => sum + n, 0));
  t.deepEqual(counted, [ROWS / 4, ROWS / 4, ROWS / 4, ROWS / 4]);
  t.is(report.scatter.points.length, 400);
  const page = readFileSync(paths.report, "utf8");
  t.true(page.includes("400 of 1\u202f000\u202f000 images, drawn at random"));
  t.true(page.includes("of 250\u202f000 candidates"));
  t.true(page.includes("Without pictures: this run has no list of its images"));
});
