import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { analyze, writeAnalysis } from "../../src/analyze/index.js";
import { writeReport } from "../../src/report/index.js";
import { runPaths } from "../../src/run/paths.js";
import { normals, type Row, writePart } from "../analyze/helpers.js";
import { temporaryDirectory } from "../train/helpers.js";

const SCRIPT = "../../../scripts/recompute.mjs";
const { recompute } = (await import(new URL(SCRIPT, import.meta.url).href)) as {
  recompute(root: string): Promise<{ compared: number; faults: string[] }>;
};
const paths = runPaths(join(temporaryDirectory(), "run"));

test.before(async () => {
  const normal = normals(23);
  const subsets = ["shared", "candidate", "independent", "external"];
  // A class that is memorised more. No ties: a mean over pairs is the same only to within rounding, which would break them.
  const rows = Array.from({ length: 400 }, (_, i): Row => {
    const [subset, label] = [subsets[i % 4] as string, i % 3];
    const effect = subset === "candidate" ? 0.05 + 0.05 * label : 0;
    return { subset, label, sslmem: effect + 0.1 * normal() };
  });
  const parts: string[] = [];
  for (let pair = 0; pair < 3; pair++) {
    mkdirSync(paths.pairScores(pair), { recursive: true });
    const own = rows.map((row) => ({ ...row, sslmem: row.sslmem + 0.01 * normal() }));
    parts.push(await writePart(join(paths.pairScores(pair), "part-00000-of-00001.parquet"), own, { pair }));
  }
  await writeAnalysis(paths.analysis, await analyze({ parts, outlierIds: null, knn: [], skipped: [] }));
  await writeReport(paths.root);
});

test("page, report.json and analysis.json of three pairs say what SQL of its own makes of the score parts", async (t) => {
  const { compared, faults } = await recompute(paths.root);
  t.deepEqual(faults, []);
  t.true(compared > 300, `${compared}`);
});

/** The faults after one change in a file of the run. */
async function faultsAfter(file: string, change: (text: string) => string): Promise<string[]> {
  const copy = join(temporaryDirectory(), "copy");
  cpSync(paths.root, copy, { recursive: true });
  const text = readFileSync(join(copy, file), "utf8");
  const changed = change(text);
  if (changed === text) throw new Error(`nothing was changed in ${file}`);
  writeFileSync(join(copy, file), changed);
  return (await recompute(copy)).faults;
}

test("one figure that is off anywhere is found", async (t) => {
  const { subsets, membership } = JSON.parse(readFileSync(paths.analysis, "utf8"));
  const both = (value: number) => (text: string) => text.replaceAll(`${value}`, `${value + 1e-6}`);
  const mean = await faultsAfter("analysis.json", both(subsets[1].mean));
  t.true(mean.some((line) => line.startsWith("candidate mean:")));
  t.true(mean.some((line) => line.startsWith("the analysis in report.json")));
  const rate = await faultsAfter("analysis.json", both(membership[0].tpr_at_fpr[1].value));
  t.true(rate.some((line) => /^candidate told from external by sslmem at FPR 0.01/.test(line)));
  const page = await faultsAfter("report.html", (text) =>
    text.replace(/<data value="[^"]*"/, '<data value="7"'),
  );
  t.is(page.length, 1);
  t.regex(page[0] as string, /^the page's/);
});
