// The stages of gpu-check.sh and its JSON, schema sslmem/gpu-check@1, written anew after each of them.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bench, missedRatios } from "./bench.mjs";
import { build, nativeTests } from "./build.mjs";
import { facts } from "./facts.mjs";
import { optionsOf, UsageError } from "./options.mjs";
import { run } from "./run.mjs";

const say = (text) => console.error(`gpu-check: ${text}`);
function leave(code, text) {
  say(text);
  process.exit(code);
}

let options;
try {
  options = optionsOf(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) leave(2, error.message);
  throw error;
}
const { tree, device, dry, out, stages, limitOf } = options;
const known = facts(options);
/** What is published says nothing of where things lie on the machine. */
function withoutPaths({ torchRoot, ...facts }) {
  const { folder, ...python } = facts.python ?? {};
  return { ...facts, python: facts.python && python, nvcc: facts.nvcc?.version ?? null };
}
const report = {
  schema: "sslmem/gpu-check@1",
  date: new Date().toISOString(),
  device,
  dry,
  ok: false,
  facts: withoutPaths(known),
  stages: [],
  checks: [],
  missedRatios: 0,
  rows: [],
};
function save() {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(`${out}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${out}.tmp`, out);
}
save();
say(
  `${known.gpu?.name ?? "no GPU"}, PyTorch ${known.python?.torch ?? "not in Python"}, commit ${known.commit}, sources ${known.sources}`,
);
if (!dry && known.gpu === null) leave(4, "Expected an NVIDIA GPU but nvidia-smi shows none.");
if (known.torchRoot === null) leave(3, "Expected PyTorch 2.11 in Python, or --torch-root DIR.");
if (!dry && known.nvcc === null) leave(3, "Expected nvcc 13 (--nvcc, $CUDA_HOME, $PATH) but there is none.");

/** A program that compares; one that has compared nothing has failed. */
async function check(name, stage, ...args) {
  const result = await run(process.execPath, [join(tree, `dist/test/gpu/${name}.js`), device, ...args], {
    seconds: limitOf(stage),
    cwd: tree,
  });
  if (result.lines.some((line) => line.check !== undefined)) return result;
  return { ...result, ok: false, tail: `${result.tail}\n${name} printed no checks` };
}

const RUN = {
  facts: async () => ({ ok: true, seconds: 0, lines: [], tail: "" }),
  build: () => build(options, known),
  native: () => nativeTests(options),
  conformance: () =>
    run(process.execPath, [join(tree, "test/conformance/run.mjs"), "torch", "--device", device], {
      seconds: limitOf("conformance"),
      cwd: tree,
    }),
  kernels: () => check("kernels", "kernels"),
  alignment: () => check("alignment", "alignment"),
  views: () => check("views", "views"),
  agreement: () => check("agreement", "agreement"),
  async graphs() {
    const all = [await check("graphs", "graphs", "fp32"), await check("graphs", "graphs", "bf16")];
    all.push(await check("graph-training", "graphs"));
    const worst = all.find(({ ok }) => !ok) ?? all[0];
    const seconds = all.reduce((sum, { seconds }) => sum + seconds, 0);
    return { ...worst, seconds, lines: all.flatMap(({ lines }) => lines) };
  },
  nvjpeg: () => check("nvjpeg", "nvjpeg"),
  async bench() {
    const began = performance.now();
    const ok = await bench(options, known, (row) => {
      if (!report.rows.includes(row)) report.rows.push(row);
      report.missedRatios = missedRatios(report.rows);
      save();
    });
    return { ok, seconds: (performance.now() - began) / 1000, lines: [], tail: "" };
  },
  proof: () =>
    run(
      process.execPath,
      [
        join(tree, "dist/src/cli/main.js"),
        "audit",
        options.proof,
        "--preset",
        "cifar",
        "--engine",
        "torch",
        "--device",
        device,
        "--epochs",
        String(options.epochs),
        "--run",
        join(dirname(tree), "proof"),
      ],
      { seconds: limitOf("proof"), cwd: tree },
    ),
};

let failed = 0;
for (const stage of stages) {
  const { lines, ...result } = await RUN[stage]();
  const checks = lines.filter((line) => line.check !== undefined).map((line) => ({ stage, ...line }));
  for (const one of checks) report.checks.push(one);
  const wrong = checks.filter(({ ok }) => !ok).length;
  report.stages.push({ stage, ...result, checks: checks.length, wrong, tail: result.ok ? "" : result.tail });
  if (stage === "proof") report.proof = result.tail;
  save();
  const count = checks.length > 0 ? `, ${checks.length - wrong} of ${checks.length} checks` : "";
  say(`${result.ok ? "ok    " : "FAILED"} ${stage} (${result.seconds.toFixed(0)} s${count})`);
  if (!result.ok) {
    failed += 1;
    console.error(result.timedOut ? `stopped after ${limitOf(stage)} s` : result.tail.slice(-1500));
    if (stage === "build") break; // nothing else can run
  }
}
report.ok = failed === 0;
save();
const missed = `${report.missedRatios} of the required ratios missed`;
say(
  `${stages.length - failed} of ${stages.length} stages${stages.includes("bench") ? `, ${missed}` : ""}; ${out}`,
);
process.exitCode = failed > 0 ? 1 : 0;
