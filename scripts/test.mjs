// Every gate of the repository; ends with `N passed, N failed`. A gate that matched nothing has failed. What each of them said
// stands in build/gates afterwards. Many gates are single processes that use one core: they run in two lanes, side by side.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkBoundaries } from "./boundaries.mjs";
import { root } from "./setup/paths.mjs";
import { wheel } from "./setup/wheel.mjs";

const bin = (name) => join(root, "node_modules", ".bin", name);
const logs = join(root, "build", "gates");
mkdirSync(logs, { recursive: true });
let passed = 0;
let failed = 0;

/** Runs a program to its end, and says so then. @param count what its output says of passed and failed */
async function gate(name, program, args, count = () => ({ passed: 1, failed: 0 }), environment = {}) {
  const began = performance.now();
  const { status, output } = await outputOf(program, args, environment);
  writeFileSync(join(logs, `${name.replace(/\W+/g, "-")}.log`), output);
  const seen = count(output);
  const ok = status === 0 && seen.failed === 0 && seen.passed > 0;
  passed += seen.passed;
  failed += ok ? 0 : Math.max(1, seen.failed);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`== ${name}`);
  if (!ok) console.log(output.split("\n").slice(-80).join("\n"));
  console.log(`   ${ok ? "ok" : "FAILED"} (${seen.passed} passed, ${seconds} s)`);
}

/** Status and all output of a program; a program that cannot be started has status null. */
function outputOf(program, args, environment) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...environment } });
    const chunks = [];
    child.stdout.on("data", (chunk) => chunks.push(chunk));
    child.stderr.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ status: null, output: String(error) }));
    child.on("close", (status) => resolve({ status, output: Buffer.concat(chunks).toString() }));
  });
}

const last = (pattern) => (output) => {
  const found = [...output.matchAll(pattern)].at(-1);
  return { passed: Number(found?.[1] ?? 0), failed: Number(found?.[2] ?? 0) };
};

await gate("type check", bin("tsc"), ["-p", "tsconfig.json", "--noEmit"]);
await gate(
  "lint and format",
  bin("biome"),
  ["ci", "src", "test", "scripts", "benchmarks"],
  last(/Checked (\d+) files/g),
);
const clangFormat = join(
  await wheel("clang-format", console.log),
  "clang_format",
  "data",
  "bin",
  "clang-format",
);
chmodSync(clangFormat, 0o755); // zip files keep no permissions
const cpp = ["native", "test/native"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.(cpp|cc|cu|cuh|h)$/.test(name))
    .map((name) => join(folder, name)),
);
await gate("C++ format", clangFormat, ["--dry-run", "--Werror", ...cpp], () => ({
  passed: cpp.length,
  failed: 0,
}));
for (const { name, looked, breaches } of await checkBoundaries(root)) {
  const ok = looked > 0 && breaches.length === 0;
  console.log(
    `== boundary: ${name}\n   ${ok ? `ok (${looked} files)` : `FAILED: ${breaches.join(", ") || "no file"}`}`,
  );
  if (ok) passed += 1;
  else failed += 1;
}
const torch = existsSync(join(root, "build/Release/sslmem_torch.node"));
if (!torch) console.log("== the torch engine is not built (SSLMEM_ENGINES): its gates are left out");
const counts = last(/(\d+) passed, (\d+) failed/g);

/** What compiles C++, and runs it. */
async function native() {
  await gate("native build", "cmake", ["-S", ".", "-B", "build/native-tests"]);
  await gate("native compile", "cmake", ["--build", "build/native-tests", "-j2"]);
  await gate("native tests", join(root, "build/native-tests/sslmem-native-tests"), [], counts);
  await gate("native tests under sanitizers", "bash", ["scripts/sanitizers.sh"], counts);
  await gate("corpus of the native fuzzers under sanitizers", "bash", ["scripts/fuzz-native.sh"], counts);
  if (process.env.SSLMEM_CUDA === "off") {
    console.log(
      "== CUDA kernels compiled by nvcc\n   skipped: SSLMEM_CUDA=off (nothing was compiled for GPUs)",
    );
  } else {
    await gate("CUDA kernels compiled by nvcc", process.execPath, ["scripts/ci-cuda.mjs"], counts);
  }
}

/** What runs the built program. */
async function built() {
  const node = (name, args) => gate(name, process.execPath, args, counts);
  for (const engine of torch ? ["tensorflow", "torch"] : ["tensorflow"])
    await node(`conformance of the ${engine} engine`, ["test/conformance/run.mjs", engine, "--rebuild"]);
  const fuzz = ["scripts/fuzz.mjs", "--count", "900", "--cli", "8", "--seed", "1", "--replay"];
  await node("damaged files (a slice of scripts/fuzz.mjs, and all that were findings once)", fuzz);
  await node("end-to-end audit", ["scripts/ci-audit.mjs"]);
  // Samples; `node scripts/faults.mjs` tries every write-like call, `node scripts/kills.mjs` a hundred moments.
  await node("write-like calls that fail", ["scripts/faults.mjs", "--sample", "10"]);
  await node("kills at random moments", ["scripts/kills.mjs", "--moments", "3"]);
  const onTorch = ["scripts/faults.mjs", "--engine", "torch", "--only", "audit,score", "--sample", "4"];
  if (torch) await node("write-like calls that fail, on the torch engine", onTorch);
}

await Promise.all([native(), built()]);
const ofAva = (output) => ({
  passed: Number([...output.matchAll(/(\d+) tests? passed/g)].at(-1)?.[1] ?? 0),
  failed: Number([...output.matchAll(/(\d+) tests? failed/g)].at(-1)?.[1] ?? 0),
});
await gate("ava", bin("ava"), [], ofAva);
if (torch) {
  // Networks, training (with kills and resumption) and scoring once more, on the other engine.
  const files = [
    "nn/layers",
    "nn/tokens",
    "nn/golden",
    "nn/architectures",
    "train/golden",
    "train/train",
    "train/methods",
    "train/methods-golden",
    "train/dino",
    "train/masked",
    "train/moco",
    "train/vicreg",
    "train/barlow-twins",
    "run/every-method",
    "engine/updates",
    "score/golden",
    "score/pair",
  ].map((name) => `dist/test/${name}.test.js`);
  const onTorch = { SSLMEM_TEST_ENGINE: "torch" };
  await gate("ava on the torch engine", bin("ava"), files, ofAva, onTorch);
  // What depends on the precision once more in bf16: kills and resumption, clipping, losses that are not finite.
  const inBf16 = { ...onTorch, SSLMEM_TEST_PRECISION: "bf16" };
  const some = ["killed*", "stopped after any step*", "a norm of gradients*", "a loss that is not finite*"];
  const matching = some.flatMap((title) => ["--match", title]);
  const inTrain = ["dist/test/train/train.test.js", ...matching];
  await gate("ava on the torch engine in bf16", bin("ava"), inTrain, ofAva, inBf16);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
