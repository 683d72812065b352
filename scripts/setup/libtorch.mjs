// Which libtorch the torch engine is built against, and with which nvcc.
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { findNvcc } from "./nvcc.mjs";
import { SetupError } from "./process.mjs";
import { wheel, wheelVersion } from "./wheel.mjs";

/**
 * The installed PyTorch at `given` (or SSLMEM_TORCH_ROOT), else the unpacked wheel, which is for CPUs alone here.
 *
 * @param {string | undefined} given the folder that holds torch/ (site-packages), or torch/ itself
 * @returns {Promise<{root: string, cuda: boolean, nvcc: string | null}>}
 */
export async function libtorch(given, say, env = process.env) {
  const named = given || env.SSLMEM_TORCH_ROOT;
  if (!named) return { root: await wheel("torch", say), cuda: false, nvcc: null };
  const root = checked(resolve(named));
  if (env.SSLMEM_CUDA === "off" || !existsSync(join(root, "torch/lib/libtorch_cuda.so")))
    return { root, cuda: false, nvcc: null };
  return { root, cuda: true, nvcc: await findNvcc(say, env) };
}

/** What cmake-js is told of it. @param torch null for no torch engine */
export const cmakeOptions = (torch) => [
  `--CDSSLMEM_TORCH_ROOT=${torch?.root ?? ""}`,
  `--CDSSLMEM_CUDA=${torch?.cuda ? "ON" : "OFF"}`,
  ...(torch?.cuda ? [`--CDSSLMEM_NVCC=${torch.nvcc}`] : []),
];

function checked(folder) {
  const root = basename(folder) === "torch" ? dirname(folder) : folder;
  const header = join(root, "torch/include/torch/headeronly/version.h");
  const hint = "python3 -c 'import torch; print(torch.__path__[0])' prints the folder";
  if (!existsSync(header))
    throw new SetupError(`Expected PyTorch in ${root} but there is no torch/include in it.`, hint);
  const text = readFileSync(header, "utf8");
  const found = ["MAJOR", "MINOR"]
    .map((part) => new RegExp(`_VERSION_${part} (\\d+)`).exec(text)?.[1])
    .join(".");
  const [wanted] = /^\d+\.\d+/.exec(wheelVersion("torch"));
  if (found !== wanted)
    throw new SetupError(`Expected PyTorch ${wanted} in ${root} but it is ${found}.`, hint);
  return root;
}
