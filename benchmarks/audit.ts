// How long does a whole audit take on each engine, and does it say the same? `node dist/benchmarks/audit.js DATA [--preset small]
// [--runs tensorflow:fp32,torch:bf16] [--seed 0] [--keep DIR] [--out FILE]` runs `sslmem audit` for each engine and precision,
// one after another in processes of their own, recomputes the figures of each by SQL (scripts/recompute.mjs), and prints JSON.
// --keep leaves the runs there, reports and all.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { benchmarkContext, packageRoot } from "./context.js";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preset: { type: "string", default: "small" },
    runs: { type: "string", default: "tensorflow:fp32,torch:bf16" },
    seed: { type: "string", default: "0" },
    keep: { type: "string" },
    out: { type: "string" },
  },
});
const data = positionals[0] as string;
const folder = flags.keep === undefined ? mkdtempSync(join(tmpdir(), "sslmem-bench-")) : resolve(flags.keep);

function audit(run: string) {
  const [engine, precision] = run.split(":") as [string, string];
  const out = join(folder, `${engine}-${precision}`);
  const cli = join(packageRoot, "dist", "src", "cli", "main.js");
  const settings = ["--preset", flags.preset, "--seed", flags.seed, "--split-seed", flags.seed];
  const machine = ["--engine", engine, "--precision", precision, "--device", "cpu"];
  const began = performance.now();
  execFileSync(
    process.execPath,
    [cli, "audit", data, ...settings, ...machine, "--run", out, "--format", "quiet"],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const seconds = (performance.now() - began) / 1000;
  const recomputed = execFileSync(process.execPath, [join(packageRoot, "scripts", "recompute.mjs"), out], {
    encoding: "utf8",
  });
  const analysis = JSON.parse(readFileSync(join(out, "analysis.json"), "utf8"));
  const reportBytes = readFileSync(join(out, "report.html")).length;
  return {
    run,
    seconds,
    recomputed: recomputed.trim().split("\n").at(-1),
    reportBytes,
    headline: analysis.headline,
    tests: analysis.tests,
    knn: analysis.knn,
  };
}

/** Processes that ran on average in the minute before: what else the machine was doing. */
const loadBefore = loadavg()[0];

try {
  const rows = flags.runs.split(",").map(audit);
  const slowest = rows[0] as (typeof rows)[number];
  const result = {
    ...benchmarkContext("sslmem/audit-benchmark@1"),
    what: `sslmem audit, preset ${flags.preset}, seed ${flags.seed}`,
    data: data.split("/").at(-1),
    load_before: loadBefore,
    rows: rows.map((row) => ({ ...row, times_faster: slowest.seconds / row.seconds })),
  };
  for (const { run, seconds, times_faster, recomputed } of result.rows)
    console.log(
      `${run}: ${seconds.toFixed(0)} s (${times_faster.toFixed(2)}×), figures recomputed: ${recomputed}`,
    );
  if (flags.out !== undefined) writeFileSync(flags.out, `${JSON.stringify(result, null, 2)}\n`);
} finally {
  if (flags.keep === undefined) rmSync(folder, { recursive: true });
}
