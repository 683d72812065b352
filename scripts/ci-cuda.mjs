#!/usr/bin/env node
// Compiles all that is for NVIDIA GPUs, for sm_80 and sm_90, with the nvcc of the pinned wheels, and links it: the kernels
// with the core, and the torch engine with libtorch's CUDA libraries. It needs no GPU and no CUDA installation. Prints
// "N passed, N failed".
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { architecturesIn } from "./setup/fatbin.mjs";
import { wheelNvcc } from "./setup/nvcc.mjs";
import { root } from "./setup/paths.mjs";
import { stubPath, symbolsOf } from "./setup/stub.mjs";

let passed = 0;
let failed = 0;
function report(what, ok, output = "") {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? "ok    " : "FAILED"} ${what}`);
  if (!ok) console.log(output);
  return ok;
}
function step(what, program, args) {
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  return report(
    what,
    result.status === 0,
    `${result.stdout ?? ""}${result.stderr ?? ""}${result.error ?? ""}`,
  );
}
const make = (target) =>
  step(`build ${target}`, "cmake", ["--build", "build", "--parallel", "2", "--target", target]);

/** Symbols that the engine needs and no library that it is linked to has; Node's own are Node's to bring. */
async function unresolved(engine, libraries) {
  const there = new Set();
  for (const library of libraries)
    for (const name of await symbolsOf(library, "--defined-only")) there.add(name);
  const system = spawnSync("ldd", [libraries[0]], { encoding: "utf8" }).stdout;
  for (const [library] of system.matchAll(/\/(usr\/)?lib\S+/g))
    for (const name of await symbolsOf(library, "--defined-only")) there.add(name);
  const needed = await symbolsOf(engine, "--undefined-only");
  return needed.filter((name) => !there.has(name) && !/^(napi|node_api)_/.test(name));
}

/** A library has kernels for A100 (sm_80) and for H100 and H200 (sm_90): of every source file, for each of them. */
function forAllGpus(library) {
  const found = architecturesIn(readFileSync(join(root, "build/cuda", library)));
  const ok = found.length === sources.length && found.every((list) => list.join() === "80,90");
  report(
    `sm_80 and sm_90 in ${library}`,
    ok,
    `  ${sources.length} source files, found: ${JSON.stringify(found)}`,
  );
}

const sources = readdirSync(join(root, "native/core/cuda")).filter((name) => name.endsWith(".cu"));
report(`${sources.length} files of kernels`, sources.length > 0);
// The build folder of set-up, whose objects are the same: only what is for GPUs is compiled here.
const cached = (name) =>
  new RegExp(`^${name}:\\w+=(.*)$`, "m").exec(readFileSync(join(root, "build/CMakeCache.txt"), "utf8"))?.[1];
const torch = cached("SSLMEM_TORCH_ROOT");
const nvcc = existsSync(cached("SSLMEM_NVCC") || "/-") ? cached("SSLMEM_NVCC") : await wheelNvcc(console.log);
const options = [`--CDSSLMEM_NVCC=${nvcc}`];
if (step("configure", join(root, "node_modules/.bin/cmake-js"), ["configure", ...options])) {
  if (make("sslmem_cuda_kernels")) forAllGpus("libsslmem_cuda_kernels.so");
  if (torch && make("sslmem_torch_cuda")) {
    forAllGpus("sslmem_torch.node");
    const lib = join(torch, "torch/lib");
    const libraries = readdirSync(lib)
      .filter((name) => name.startsWith("lib"))
      .map((name) => join(lib, name));
    libraries.push(join(torch, "nvidia/cu13/lib/libcudart.so.13"));
    if (!existsSync(join(lib, "libtorch_cuda.so"))) libraries.push(stubPath(join(lib, "libtorch_cuda.so")));
    const missing = await unresolved(join(root, "build/cuda/sslmem_torch.node"), libraries);
    report(`nothing left undefined${missing.map((name) => `\n  ${name}`).join("")}`, missing.length === 0);
  }
}
if (!torch) console.log("       the torch engine is not built here (SSLMEM_ENGINES): its part is left out");
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
