#!/usr/bin/env node
// Compiles our CUDA kernels for sm_80 and sm_90 with the nvcc of the pinned wheels, and links them with the core as a
// shared library, nothing left undefined. It needs no GPU and no CUDA installation. Prints "N passed, N failed".
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "./setup/paths.mjs";
import { compiler } from "./setup/tensorflow-binding.mjs";
import { wheel } from "./setup/wheel.mjs";

const FOLDER = "native/core/cuda";
const ARCHITECTURES = ["80", "90"];

let passed = 0;
let failed = 0;
function step(what, program, args) {
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const ok = result.status === 0;
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? "ok    " : "FAILED"} ${what}`);
  if (!ok) console.log(`${result.stdout ?? ""}${result.stderr ?? ""}${result.error ?? ""}`);
}

const cuda = join(await wheel("nvidia-cuda-nvcc", console.log), "nvidia", "cu13");
for (const program of ["bin", "nvvm/bin"]) {
  for (const name of readdirSync(join(cuda, program), { withFileTypes: true })) {
    if (name.isFile()) chmodSync(join(cuda, program, name.name), 0o755); // zip files keep no permissions
  }
}

const sources = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith(".cu"));
if (sources.length === 0) {
  console.log(`FAILED no .cu file in ${FOLDER}\n0 passed, 1 failed`);
  process.exit(1);
}
const work = mkdtempSync(join(tmpdir(), "sslmem-cuda-"));
const objects = [];
for (const source of sources) {
  const object = join(work, `${basename(source, ".cu")}.o`);
  objects.push(object);
  step(`nvcc ${FOLDER}/${source}`, join(cuda, "bin/nvcc"), [
    ...["-c", join(FOLDER, source), "-o", object, "-std=c++17", "-O3", "-Inative", `-I${cuda}/include/cccl`],
    ...ARCHITECTURES.flatMap((sm) => ["-gencode", `arch=compute_${sm},code=sm_${sm}`]),
    // As on the CPU no multiplication is contracted with an addition: the kernels give the bits of their twins.
    ...["-fmad=false", "-ccbin", compiler(), "-Xcompiler", "-fPIC,-Wall,-Wextra", "-Werror", "all-warnings"],
  ]);
}
step("core", "cmake", ["-S", ".", "-B", "build/native-tests"]);
step("core", "cmake", ["--build", "build/native-tests", "-j2", "--target", "sslmem_core"]);
step(`link ${objects.length} files with the core and cudart`, compiler(), [
  ...["-shared", "-o", join(work, "libsslmem-cuda.so"), ...objects],
  ...["build/native-tests/libsslmem_core.a", `-L${cuda}/lib`, "-l:libcudart.so.13", "-Wl,-z,defs"],
]);
rmSync(work, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
