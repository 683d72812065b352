import { spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { engineDriver } from "../engine/index.js";
import { bf16Unit } from "../engine/processor.js";
import { locateBinding } from "../engine/tensorflow/locate.js";
import { buildInfo } from "../native/index.js";
import { ON_GPUS } from "../text/on-gpus.js";

/** One thing that sslmem needs or can use. */
export interface Finding {
  name: string;
  /** null: not needed, but worth knowing. */
  ok: boolean | null;
  found: string;
  /** The command or step that mends it; only when it is not ok. */
  fix: string | null;
}

const SETUP = "npm run setup";

/** Compiled for GPUs, linked and, where it is ours, run on the host only; what is optional of it is off until it has been run. */
const NEVER_ON_A_GPU =
  "the torch engine on CUDA, our kernels for views, batch norm and alignment, CUDA graphs (off), nvJPEG (off); scripts/gpu-check.sh runs them";

/** What is there, what is missing, and what mends it. Starts no engine. */
export function findings(): Finding[] {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  const nodeIsNew = major > 20 || (major === 20 && minor >= 19);
  return [
    finding("Node.js 20.19 or newer", nodeIsNew, process.version, "install Node.js 20.19 or newer"),
    program(
      "Python 3 with pip (set-up only)",
      "python3",
      ["-m", "pip", "--version"],
      "install Python 3 with pip",
    ),
    program(
      "C++17 compiler (set-up only)",
      process.env.CXX || "c++",
      ["--version"],
      "install g++ 9 or newer, or clang",
    ),
    program("CMake 3.19 or newer (set-up only)", "cmake", ["--version"], "install CMake"),
    native(),
    tensorflow(),
    {
      name: "torch engine",
      ok: null,
      found:
        engineDriver("torch").missing()?.message ??
        `built; ${bf16Unit() ?? "this processor does not multiply bf16 natively"}; ${ON_GPUS}`,
      fix: null,
    },
    gpu(),
    {
      name: ON_GPUS,
      ok: null,
      found: NEVER_ON_A_GPU,
      fix: null,
    },
    {
      name: "CPU",
      ok: null,
      found: `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} threads`,
      fix: null,
    },
  ];
}

function finding(name: string, ok: boolean, found: string, fix: string): Finding {
  return { name, ok, found, fix: ok ? null : fix };
}

function program(name: string, command: string, args: string[], fix: string): Finding {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 20_000 });
  const line = (stdout ?? "").split("\n")[0] ?? "";
  return finding(name, status === 0, status === 0 ? line.replace(/ from .*/, "") : "not found", fix);
}

function native(): Finding {
  try {
    const { coreVersion, simd, compiler } = buildInfo();
    return finding("native core", true, `${coreVersion}, ${simd}, ${compiler}`, SETUP);
  } catch (error) {
    return finding("native core", false, error instanceof Error ? error.message : String(error), SETUP);
  }
}

function tensorflow(): Finding {
  const binding = locateBinding();
  return finding(
    "TensorFlow engine",
    binding !== null,
    binding === null ? "not set up" : `${binding.version} (${binding.flavour})`,
    SETUP,
  );
}

function gpu(): Finding {
  const { status, stdout } = spawnSync("nvidia-smi", ["--query-gpu=name", "--format=csv,noheader"], {
    encoding: "utf8",
    timeout: 20_000,
  });
  const names = status === 0 ? stdout.trim().split("\n").join(", ") : "none";
  return { name: "NVIDIA GPU", ok: null, found: `${names}; GPU training has not been measured`, fix: null };
}
