// What the machine is and has: everything that a measured number depends on.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { sourcesHash } from "./sources.mjs";

const said = (program, args) => {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8", timeout: 120_000 });
  return status === 0 ? stdout.trim() : null;
};

const PYTHON = `
import json, torch
try:
    import torchvision; vision = torchvision.__version__
except Exception: vision = None
print(json.dumps({"torch": torch.__version__, "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(),
                  "torchvision": vision, "folder": torch.__path__[0]}))`;

/** Facts of the machine. `python` is null where Python has no torch, `gpu` where the driver shows none. */
export function facts({ root, tree, python, torchRoot, nvcc, device }) {
  const query = "name,driver_version,compute_cap,memory.total,clocks.max.sm,clocks.max.mem,power.limit";
  const number = device.split(":")[1] ?? "0";
  const line = said("nvidia-smi", [`--query-gpu=${query}`, "--format=csv,noheader", `--id=${number}`]);
  const gpu = line && Object.fromEntries(query.split(",").map((key, i) => [key, line.split(",")[i]?.trim()]));
  const text = said(python, ["-c", PYTHON]);
  const peers = text && JSON.parse(text.split("\n").at(-1));
  const packed = (name) => {
    const file = join(tree, name);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : null;
  };
  return {
    gpu: gpu || null,
    cpu: { name: cpus()[0]?.model, threads: cpus().length },
    node: process.version,
    python: peers || null,
    nvcc: nvccOf(nvcc),
    cmake: said("cmake", ["--version"])?.split("\n")[0] ?? null,
    compiler: said(process.env.CXX || "c++", ["--version"])?.split("\n")[0] ?? null,
    commit: packed("COMMIT"), // the pack's; whether it is the checkout's, too, is said by `sources`
    sources: packed("SOURCES") === sourcesHash(root) ? "as packed" : "differ from the pack",
    torchRoot: torchRoot ?? (peers ? dirname(peers.folder) : null),
  };
}

function nvccOf(given) {
  const homes = [process.env.CUDA_HOME, process.env.CUDA_PATH]
    .filter(Boolean)
    .map((home) => join(home, "bin"));
  const folders = [...homes, ...(process.env.PATH ?? "").split(delimiter), "/usr/local/cuda/bin"];
  const path = given ?? folders.map((folder) => join(folder, "nvcc")).find((file) => existsSync(file));
  const version = path && /release ([\d.]+)/.exec(said(path, ["--version"]) ?? "")?.[1];
  return version ? { path, version } : null;
}
