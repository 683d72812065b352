// Every gate of the repository; ends with `N passed, N failed`. A gate that matched nothing has failed. What each of them said
// stands in build/gates afterwards.
import { spawnSync } from "node:child_process";
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

function gate(name, program, args, count = () => ({ passed: 1, failed: 0 })) {
  console.log(`== ${name}`);
  const began = performance.now();
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}`;
  writeFileSync(join(logs, `${name.replace(/\W+/g, "-")}.log`), output);
  const seen = count(output);
  const ok = result.status === 0 && seen.failed === 0 && seen.passed > 0;
  passed += seen.passed;
  failed += ok ? 0 : Math.max(1, seen.failed);
  if (!ok) console.log(output.split("\n").slice(-80).join("\n"));
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`   ${ok ? "ok" : "FAILED"} (${seen.passed} passed, ${seconds} s)`);
}

const last = (pattern) => (output) => {
  const found = [...output.matchAll(pattern)].at(-1);
  return { passed: Number(found?.[1] ?? 0), failed: Number(found?.[2] ?? 0) };
};

gate("type check", bin("tsc"), ["-p", "tsconfig.json", "--noEmit"]);
gate(
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
gate("C++ format", clangFormat, ["--dry-run", "--Werror", ...cpp], () => ({ passed: cpp.length, failed: 0 }));
for (const { name, looked, breaches } of await checkBoundaries(root)) {
  const ok = looked > 0 && breaches.length === 0;
  console.log(
    `== boundary: ${name}\n   ${ok ? `ok (${looked} files)` : `FAILED: ${breaches.join(", ") || "no file"}`}`,
  );
  if (ok) passed += 1;
  else failed += 1;
}
gate("native build", "cmake", ["-S", ".", "-B", "build/native-tests"]);
gate("native compile", "cmake", ["--build", "build/native-tests", "-j2"]);
gate(
  "native tests",
  join(root, "build/native-tests/sslmem-native-tests"),
  [],
  last(/(\d+) passed, (\d+) failed/g),
);
const torch = existsSync(join(root, "build/Release/sslmem_torch.node"));
if (!torch) console.log("== the torch engine is not built (SSLMEM_ENGINES): its gates are left out");
for (const engine of torch ? ["tensorflow", "torch"] : ["tensorflow"]) {
  gate(
    `conformance of the ${engine} engine`,
    process.execPath,
    ["test/conformance/run.mjs", engine, "--rebuild"],
    last(/(\d+) passed, (\d+) failed/g),
  );
}
gate("native tests under sanitizers", "bash", ["scripts/sanitizers.sh"], last(/(\d+) passed, (\d+) failed/g));
gate(
  "corpus of the native fuzzers under sanitizers",
  "bash",
  ["scripts/fuzz-native.sh"],
  last(/(\d+) passed, (\d+) failed/g),
);
if (process.env.SSLMEM_CUDA === "off") {
  console.log(
    "== CUDA kernels compiled by nvcc\n   skipped: SSLMEM_CUDA=off (nothing was compiled for GPUs)",
  );
} else {
  gate(
    "CUDA kernels compiled by nvcc",
    process.execPath,
    ["scripts/ci-cuda.mjs"],
    last(/(\d+) passed, (\d+) failed/g),
  );
}
gate(
  "damaged files (a slice of scripts/fuzz.mjs, and all that were findings once)",
  process.execPath,
  ["scripts/fuzz.mjs", "--count", "1200", "--cli", "8", "--seed", "1", "--replay"],
  last(/(\d+) passed, (\d+) failed/g),
);
gate("end-to-end audit", process.execPath, ["scripts/ci-audit.mjs"], last(/(\d+) passed, (\d+) failed/g));
// Samples; `node scripts/faults.mjs` tries every write-like call, `node scripts/kills.mjs` a hundred moments.
const counts = last(/(\d+) passed, (\d+) failed/g);
gate("write-like calls that fail", process.execPath, ["scripts/faults.mjs", "--sample", "25"], counts);
gate("kills at random moments", process.execPath, ["scripts/kills.mjs", "--moments", "4"], counts);
if (torch) {
  const args = ["scripts/faults.mjs", "--engine", "torch", "--only", "audit,score", "--sample", "8"];
  gate("write-like calls that fail, on the torch engine", process.execPath, args, counts);
}
const ofAva = (output) => ({
  passed: Number([...output.matchAll(/(\d+) tests? passed/g)].at(-1)?.[1] ?? 0),
  failed: Number([...output.matchAll(/(\d+) tests? failed/g)].at(-1)?.[1] ?? 0),
});
gate("ava", bin("ava"), [], ofAva);
if (torch) {
  // Networks, training (with kills and resumption) and scoring once more, on the other engine.
  process.env.SSLMEM_TEST_ENGINE = "torch";
  const files = [
    "nn/layers",
    "nn/tokens",
    "nn/golden",
    "nn/architectures",
    "train/golden",
    "train/train",
    "train/methods",
    "train/methods-golden",
    "engine/updates",
    "score/golden",
    "score/pair",
  ].map((name) => `dist/test/${name}.test.js`);
  gate("ava on the torch engine", bin("ava"), files, ofAva);
  // Kills and resumption once more in bf16.
  process.env.SSLMEM_TEST_PRECISION = "bf16";
  gate("ava on the torch engine in bf16", bin("ava"), ["dist/test/train/train.test.js"], ofAva);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
