// Which PyTorch set-up takes, and what CMake is told of it: on folders that have of a PyTorch only what is looked at.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import test from "ava";
import { temporaryDirectory } from "../train/helpers.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { cmakeOptions, libtorch } = await import(pathToFileURL(join(root, "scripts/setup/libtorch.mjs")).href);
const silent = () => {};

function pytorch({ cuda = true, minor = 11 } = {}): string {
  const folder = temporaryDirectory();
  const headers = join(folder, "torch/include/torch/headeronly");
  mkdirSync(headers, { recursive: true });
  writeFileSync(
    join(headers, "version.h"),
    `#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR ${minor}\n`,
  );
  mkdirSync(join(folder, "torch/lib"));
  if (cuda) writeFileSync(join(folder, "torch/lib/libtorch_cuda.so"), "");
  return folder;
}

/** A folder with an nvcc of CUDA 13, and its path. */
function toolkit(): { CUDA_HOME: string; nvcc: string } {
  const CUDA_HOME = temporaryDirectory();
  mkdirSync(join(CUDA_HOME, "bin"));
  const nvcc = join(CUDA_HOME, "bin/nvcc");
  writeFileSync(nvcc, "#!/bin/sh\necho 'Cuda compilation tools, release 13.0, V13.0.88'\n");
  chmodSync(nvcc, 0o755);
  return { CUDA_HOME, nvcc };
}

test("a PyTorch for CUDA is built for NVIDIA GPUs, with the nvcc that is there", async (t) => {
  const [folder, { CUDA_HOME, nvcc }] = [pytorch(), toolkit()];
  const expected = { root: folder, cuda: true, nvcc };
  t.deepEqual(await libtorch(folder, silent, { CUDA_HOME }), expected);
  t.deepEqual(await libtorch(join(folder, "torch"), silent, { CUDA_HOME }), expected, "torch/ itself");
  t.deepEqual(await libtorch(undefined, silent, { CUDA_HOME, SSLMEM_TORCH_ROOT: folder }), expected);
  const other = { CUDA_HOME, SSLMEM_TORCH_ROOT: "nowhere" };
  t.deepEqual(await libtorch(folder, silent, other), expected, "the flag is before the environment");
  t.deepEqual(cmakeOptions(expected), [
    `--CDSSLMEM_TORCH_ROOT=${folder}`,
    "--CDSSLMEM_CUDA=ON",
    `--CDSSLMEM_NVCC=${nvcc}`,
  ]);
});

test("SSLMEM_CUDA=off, and a PyTorch for CPUs, are built without CUDA", async (t) => {
  const { CUDA_HOME } = toolkit();
  for (const [folder, env] of [
    [pytorch(), { CUDA_HOME, SSLMEM_CUDA: "off" }],
    [pytorch({ cuda: false }), { CUDA_HOME }],
  ] as const) {
    const found = await libtorch(folder, silent, env);
    t.deepEqual(found, { root: folder, cuda: false, nvcc: null });
    t.deepEqual(cmakeOptions(found), [`--CDSSLMEM_TORCH_ROOT=${folder}`, "--CDSSLMEM_CUDA=OFF"]);
  }
  t.deepEqual(cmakeOptions(null), ["--CDSSLMEM_TORCH_ROOT=", "--CDSSLMEM_CUDA=OFF"]);
});

test("CMake knows every option that it is told", (t) => {
  const cmake = readFileSync(join(root, "native/torch/engine.cmake"), "utf8");
  const names = cmakeOptions({ root: "r", cuda: true, nvcc: "n" }).map(
    (option: string) => /D(\w+)=/.exec(option)?.[1],
  );
  t.is(names.length, 3);
  for (const name of names) t.regex(cmake, new RegExp(`^(set|option)\\(${name} `, "m"));
});

test("a folder without PyTorch, and one of another version, are refused by name", async (t) => {
  const nothing = temporaryDirectory();
  await t.throwsAsync(libtorch(nothing, silent, {}), {
    name: "SetupError",
    message: `Expected PyTorch in ${nothing} but there is no torch/include in it.`,
  });
  const older = pytorch({ minor: 10 });
  await t.throwsAsync(libtorch(older, silent, {}), {
    name: "SetupError",
    message: `Expected PyTorch 2.11 in ${older} but it is 2.10.`,
  });
});
