#!/usr/bin/env node
// Recomputes the figures of a run from its score parts, by SQL that has nothing in common with src/analyze, and compares
// them with analysis.json, and report.json and the numbers on the page with that. `node scripts/recompute.mjs RUN` prints
// what differs and "N passed, N failed".
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";

/** Both sides are float64 sums over the same values in different orders. */
const CLOSE = 1e-9;
const COMPARED = [
  ["candidate", "external"],
  ["candidate", "shared"],
  ["candidate", "independent"],
  ["shared", "external"],
];
const text = (value) => `'${value.replaceAll("'", "''")}'`;

/** What differs in the run at `root`: how many figures were compared, and a line for each one that is not the same. */
export async function recompute(root) {
  const found = { compared: 0, faults: [] };
  const same = (what, actual, expected) => {
    found.compared += 1;
    const isNumber = typeof actual === "number" && typeof expected === "number";
    const isSame = isNumber
      ? Math.abs(actual - expected) <= CLOSE * Math.max(1, Math.abs(expected))
      : JSON.stringify(actual) === JSON.stringify(expected);
    if (!isSame)
      found.faults.push(`${what}: ${JSON.stringify(actual)}, recomputed ${JSON.stringify(expected)}`);
  };
  const analysis = JSON.parse(readFileSync(join(root, "analysis.json"), "utf8"));
  const ask = await database(root);
  await subsets(analysis, ask, same);
  await comparisons(analysis, ask, same);
  await lists(analysis, ask, same);
  await slices(analysis, ask, same);
  page(root, analysis, same);
  return found;
}

/** The parts as table `p`: one row a point, averaged over the pairs. */
async function database(root) {
  const folder = join(root, "scores");
  const parts = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".parquet"))
    .map((name) => text(join(folder, name).replace(/[*?[]/g, "[$&]")));
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  const ask = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
  await ask(`CREATE VIEW r AS SELECT * FROM read_parquet([${parts}])`);
  await ask(
    `CREATE TABLE p AS SELECT "index" AS i, min(id) AS id, coalesce(min(subset), 'candidate') AS s, min(label) AS label,
       sum((lg - lf) / (lg + lf)) / count(*) AS x, sum(lg - lf) / count(*) AS raw, sum(lf) / count(*) AS lf, sum(lg) / count(*) AS lg
     FROM r GROUP BY "index"`,
  );
  return ask;
}

/** Moments from plain sums; quantiles between order statistics; shares by counting; the paired t from the differences. */
async function subsets(analysis, ask, same) {
  const rows = await ask(
    `WITH m AS (SELECT s, avg(x) AS centre, avg(raw) AS raw_centre FROM p GROUP BY s)
     SELECT s, count(*)::DOUBLE AS n, sum(x) / count(*) AS mean, sqrt(sum((x - centre) ** 2) / (count(*) - 1)) AS sd,
       sum(raw) / count(*) AS raw, sqrt(sum((raw - raw_centre) ** 2) / (count(*) - 1)) AS raw_sd, sum(lf) / count(*) AS lf,
       sum(lg) / count(*) AS lg, sum(CASE WHEN x > 0 THEN 1 ELSE 0 END) / count(*) AS above, list(x ORDER BY x) AS sorted
     FROM p JOIN m USING (s) GROUP BY s`,
  );
  const external = rows.find(({ s }) => s === "external");
  for (const { s, n, mean, sd, raw, raw_sd, lf, lg, above, sorted } of rows) {
    const own = analysis.subsets.find(({ subset }) => subset === s) ?? {};
    const is = (what, actual, expected) => same(`${s} ${what}`, actual, expected);
    is("n", own.n, n);
    is("mean", own.mean, mean);
    if (n > 1) is("sd", own.sd, sd);
    is("raw mean", own.memorization?.mean, raw);
    is("L_f", own.lf?.mean, lf);
    is("L_g", own.lg?.mean, lg);
    is("share above 0", own.above?.find(({ threshold }) => threshold === 0)?.value, above);
    if (external) is("relative mean", own.relative?.mean, mean - external.mean);
    if (raw_sd > 0) is("paired t", own.paired?.t, raw / (raw_sd / Math.sqrt(n)));
    if (raw_sd > 0) is("Cohen's d_z", own.paired?.d_z.value, raw / raw_sd);
    for (const { q, value } of own.quantiles ?? []) {
      const at = (sorted.items ?? sorted).slice(Math.floor(q * (n - 1)), Math.floor(q * (n - 1)) + 2);
      const part = q * (n - 1) - Math.floor(q * (n - 1));
      is(`quantile ${q}`, value, at[0] + part * ((at[1] ?? at[0]) - at[0]));
    }
  }
}

/** t-tests, AUC from mid-ranks, the distance of the two distributions, and the rates of the membership view. */
async function comparisons(analysis, ask, same) {
  for (const [a, b] of COMPARED) {
    const both = `SELECT x, s = ${text(a)} AS a FROM p WHERE s IN (${text(a)}, ${text(b)})`;
    const [row] = await ask(
      `WITH c AS (${both}), k AS (SELECT x, a, rank() OVER (ORDER BY x) + (count(*) OVER (PARTITION BY x) - 1) / 2 AS mid FROM c),
       n AS (SELECT sum(a::INT)::DOUBLE AS n, sum((NOT a)::INT)::DOUBLE AS m FROM c),
       f AS (SELECT DISTINCT x, (SELECT sum(a::INT) FROM c WHERE c.x <= v.x) / n AS fa, (SELECT sum((NOT a)::INT) FROM c WHERE c.x <= v.x) / m AS fb FROM c v, n),
       v AS (SELECT var_samp(x) FILTER (a) AS va, var_samp(x) FILTER (NOT a) AS vb, avg(x) FILTER (a) - avg(x) FILTER (NOT a) AS d FROM c)
       SELECT n, m, va, vb, d, (SELECT max(abs(fa - fb)) FROM f) AS ks, ((SELECT sum(mid) FROM k WHERE a) - n * (n + 1) / 2) / (n * m) AS auc FROM n, v`,
    );
    const found = (list, kind) =>
      list.find((one) => one.first === a && one.second === b && (kind === undefined || one.kind === kind));
    if (!(row?.n > 1 && row.m > 1)) continue;
    const { n, m, va, vb, d, ks, auc } = row;
    const pooled = ((n - 1) * va + (m - 1) * vb) / (n + m - 2);
    const is = (what, actual, expected) => same(`${a} − ${b} ${what}`, actual, expected);
    is("difference", found(analysis.tests, "welch")?.difference, d);
    is("Student's t", found(analysis.tests, "student")?.t, d / Math.sqrt(pooled * (1 / n + 1 / m)));
    is("Welch's t", found(analysis.tests, "welch")?.t, d / Math.sqrt(va / n + vb / m));
    is("Cohen's d", found(analysis.comparisons)?.cohens_d.value, d / Math.sqrt(pooled));
    is("AUC", found(analysis.comparisons)?.auc.value, auc);
    is("Mann and Whitney's U", found(analysis.comparisons)?.mann_whitney.u, auc * n * m);
    is("Kolmogorov and Smirnov's D", found(analysis.comparisons)?.kolmogorov_smirnov.d, ks);
  }
  for (const { score, members, others, tpr_at_fpr } of analysis.membership) {
    const column = { sslmem: "x", memorization: "raw", alignment_f: "-lf" }[score];
    const isIn = (list) => `s IN (${list.split("+").map(text)})`;
    for (const { fpr, value } of tpr_at_fpr) {
      const [row] = await ask(
        `WITH o AS (SELECT ${column} AS y, row_number() OVER (ORDER BY ${column} DESC) AS place, count(*) OVER () AS m FROM p WHERE ${isIn(others)}),
         bar AS (SELECT y FROM o WHERE place = floor(${fpr} * m) + 1)
         SELECT avg((${column} > (SELECT y FROM bar))::INT) AS tpr FROM p WHERE ${isIn(members)}`,
      );
      same(`${members} told from ${others} by ${score} at FPR ${fpr}`, value, row.tpr);
    }
  }
}

async function lists(analysis, ask, same) {
  for (const [name, order] of [
    ["most_memorized", "DESC"],
    ["least_memorized", "ASC"],
  ]) {
    const rows = await ask(`SELECT id, x FROM p WHERE s = 'candidate' ORDER BY x ${order}, i LIMIT 10`);
    same(
      name,
      analysis[name].map(({ id }) => id),
      rows.map(({ id }) => id),
    );
    for (const [i, { x }] of rows.entries()) same(`${name} ${i}`, analysis[name][i]?.sslmem, x);
  }
  const pairs = await ask(
    `SELECT pair, coalesce(subset, 'candidate') AS s, avg((lg - lf) / (lg + lf)) AS mean FROM r GROUP BY pair, s`,
  );
  for (const { pair, s, mean } of pairs) {
    const own = analysis.by_pair.find((one) => one.pair === pair)?.subsets.find(({ subset }) => subset === s);
    same(`${s} mean of pair ${pair}`, own?.mean, mean);
  }
}

/** Slices by class: candidates minus external images of the same class. Their order is that of the labels. */
async function slices(analysis, ask, same) {
  const rows = await ask(
    `SELECT label, count(*) FILTER (s = 'candidate')::DOUBLE AS n, avg(x) FILTER (s = 'candidate') - avg(x) FILTER (s = 'external') AS relative
     FROM p WHERE label IS NOT NULL GROUP BY label HAVING n > 0 ORDER BY label`,
  );
  const classes = (analysis.slices?.slices ?? []).filter(({ by }) => by === "class");
  if (rows.length < 2) return;
  same(
    "classes",
    classes.map(({ n }) => n),
    rows.map(({ n }) => n),
  );
  for (const [i, { relative }] of rows.entries())
    if (relative !== null) same(`relative mean of ${classes[i]?.name}`, classes[i]?.relative.value, relative);
}

/** report.json has the analysis as it is, and each number of the page is the one of report.json that it says it is. */
function page(root, analysis, same) {
  const report = JSON.parse(readFileSync(join(root, "report.json"), "utf8"));
  same("the analysis in report.json", report.analysis, analysis);
  const figures = readFileSync(join(root, "report.html"), "utf8").matchAll(
    /<data value="([^"]*)" data-from="([^"]*)">/g,
  );
  let n = 0;
  for (const [, value, pointer] of figures) {
    const at = pointer
      .split("/")
      .slice(1)
      .reduce((v, token) => v?.[token.replaceAll("~1", "/").replaceAll("~0", "~")], report);
    same(`the page's ${pointer}`, Number(value), at);
    n += 1;
  }
  same("figures on the page", n > 50, true);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { compared, faults } = await recompute(process.argv[2] ?? ".");
  for (const fault of faults) console.log(`FAILED ${fault}`);
  console.log(`${compared - faults.length} passed, ${faults.length} failed`);
  process.exitCode = faults.length > 0 || compared === 0 ? 1 : 0;
}
