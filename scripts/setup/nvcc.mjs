// nvcc: the machine's, where it is that of CUDA 13, which libtorch 2.11 is built with, else that of the pinned wheels.
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { probeAll } from "./process.mjs";
import { wheel } from "./wheel.mjs";

const MAJOR = "13";

/** Path of an nvcc of CUDA 13: $CUDA_HOME, $CUDA_PATH, $PATH, /usr/local/cuda, else the wheel (107 MB, once). */
export async function findNvcc(say, env = process.env) {
  const homes = [env.CUDA_HOME, env.CUDA_PATH].filter(Boolean);
  const folders = [
    ...homes.map((home) => join(home, "bin")),
    ...(env.PATH ?? "").split(delimiter),
    "/usr/local/cuda/bin",
  ];
  const installed = folders.map((folder) => join(folder, "nvcc")).find((path) => existsSync(path));
  const version = installed && /release (\d+)\.\d+/.exec(probeAll(installed, ["--version"]) ?? "")?.[1];
  if (version === MAJOR) return installed;
  if (installed) say(`${installed} is not of CUDA ${MAJOR}; taking nvcc from wheels`);
  return wheelNvcc(say);
}

/** nvcc of the pinned wheels. */
export async function wheelNvcc(say) {
  const cuda = join(await wheel("nvidia-cuda-nvcc", say), "nvidia", "cu13");
  for (const folder of ["bin", "nvvm/bin"]) {
    for (const file of readdirSync(join(cuda, folder), { withFileTypes: true })) {
      if (file.isFile()) chmodSync(join(cuda, folder, file.name), 0o755); // zip files keep no permissions
    }
  }
  return join(cuda, "bin", "nvcc");
}
