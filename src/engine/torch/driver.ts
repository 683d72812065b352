import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { SslMemError } from "../../errors.js";
import { loadNativeModule } from "../../native/load.js";
import { PACKAGE_ROOT } from "../../package.js";
import { ON_GPUS } from "../../text/on-gpus.js";
import { TORCH } from "../ops/kernels.js";
import { registerReluGradient } from "../ops/relu.js";
import { bf16Unit, hasNvidiaDriver } from "../processor.js";
import * as tf from "../tf.js";
import type { EngineChoice, EngineDriver, EngineRequest, EngineSession, SettledRequest } from "../types.js";
import { withoutWarnings } from "../without-warnings.js";
import { TorchBackend } from "./backend.js";
import type { TorchBinding } from "./binding.js";
import { registerTorchFused } from "./fused-kernels.js";
import { registerTorchKernels } from "./kernels/index.js";

const SETUP =
  "Run `npm run setup` (SSLMEM_ENGINES unset, or with torch in it); `sslmem doctor` says what is missing.";
const CUDA_SETUP = "`npm run setup -- --torch-root DIR` with the folder of a PyTorch 2.11 for CUDA";
const path = () => join(PACKAGE_ROOT, "build", "Release", "sslmem_torch.node");

/** Our TensorFlow.js backend over libtorch (ATen), native/torch. */
export const torchDriver: EngineDriver = {
  name: "torch",
  summary: `our backend over libtorch: fused kernels, bf16 (measured on CPUs; ${ON_GPUS})`,
  missing: () =>
    existsSync(path()) ? null : { message: "The torch engine is not built in this checkout.", hint: SETUP },
  devices() {
    const devices = hasNvidiaDriver() ? load().describe().cudaDevices : [];
    return devices.length === 0 ? ["cpu"] : devices.map((_, n) => `cuda:${n}`);
  },
  prepare: limitSpinning,
  settle(request) {
    const wanted = request.device ?? "auto";
    // Not loaded for a CPU: the library would stand beside TensorFlow's if that one is taken in the end.
    const mayBeGpu = wanted.startsWith("cuda") || (wanted === "auto" && hasNvidiaDriver());
    return settled(request, mayBeGpu ? load().describe() : null);
  },
  async open(choice, threads) {
    const binding = load();
    const { device, precision, deterministic } = choice;
    binding.configure({
      threads: threads ?? availableParallelism(),
      deterministic,
      tf32: precision === "tf32",
    });
    await registerGradients();
    registerTorchKernels();
    registerTorchFused();
    registerReluGradient();
    tf.registerBackend(TORCH, () => new TorchBackend(binding, device, precision), 4);
    await tf.setBackend(TORCH);
    await tf.ready();
    return session(tf.backend() as TorchBackend, choice);
  },
};

function load(): TorchBinding {
  limitSpinning();
  return loadNativeModule(path(), "the torch engine") as TorchBinding;
}

/** The gradients of TensorFlow.js' own operations; its core leaves them out and the union package brings them. */
const registerGradients = () => withoutWarnings(() => createRequire(import.meta.url)("@tensorflow/tfjs"));

/** @param facts of the library where a GPU may be; null: it is not asked for one */
function settled(
  request: EngineRequest,
  facts: Pick<ReturnType<TorchBinding["describe"]>, "cuda" | "cudaDevices"> | null,
): SettledRequest {
  const { cuda, cudaDevices } = facts ?? { cuda: false, cudaDevices: [] };
  const wanted = request.device ?? "auto";
  const match = /^(?:auto|cpu|cuda:(\d+))$/.exec(wanted);
  if (match === null)
    throw new SslMemError("USAGE", `Expected auto, cpu or cuda:<n> for device but received "${wanted}".`);
  if (match[1] !== undefined && Number(match[1]) >= cudaDevices.length) {
    throw new SslMemError(
      "ENGINE",
      cuda
        ? `Expected a CUDA device for "${wanted}" but the driver shows ${cudaDevices.length}.`
        : `Expected a CUDA device for "${wanted}" but this torch engine is built for CPUs alone.`,
      cuda ? "Use --device cpu." : `Use --device cpu, or build it for NVIDIA GPUs: ${CUDA_SETUP}.`,
    );
  }
  const device = wanted === "auto" ? (cudaDevices.length > 0 ? "cuda:0" : "cpu") : wanted;
  const precision = request.precision ?? "auto";
  if (precision === "tf32" && device === "cpu")
    throw new SslMemError(
      "ENGINE",
      "Expected a CUDA device for tf32 but the device is the CPU.",
      "--precision fp32",
    );
  if (precision !== "auto") return { device, precision, why: null };
  const gpu = device === "cpu" ? undefined : cudaDevices[Number(device.slice("cuda:".length))];
  const unit = gpu === undefined ? bf16Unit() : Number(gpu.capability) >= 8 ? `sm_${gpu.capability}` : null;
  return unit === null
    ? { device, precision: "fp32", why: "bf16 is not multiplied natively here" }
    : { device, precision: "bf16", why: `multiplied natively here (${unit.replace(".", "")})` };
}

/**
 * How long threads of OpenMP spin for their next work before they sleep, unless the user has set it. By default they spin for
 * so long that beside other busy processes a training step takes 1.3 times as long as with 10,000 turns, and many small calls far
 * more; alone, the step is as fast as before (and 4 % slower when they sleep at once).
 */
function limitSpinning(): void {
  if (process.env.OMP_WAIT_POLICY === undefined) process.env.GOMP_SPINCOUNT ??= "10000";
}

function session(backend: TorchBackend, choice: EngineChoice): EngineSession {
  const { device, precision } = backend;
  const { torch, capability, threads, bf16, tf32, deterministic, cudaDevices } = backend.binding.describe();
  const gpu = device === "cpu" ? undefined : cudaDevices[Number(device.slice("cuda:".length))];
  return {
    ...choice,
    describe: () => ({
      engine: "torch",
      torch,
      tfjs: tf.version_core,
      device,
      precision,
      choice: choice.why,
      deterministic: deterministic ? "yes" : "no",
      threads: String(threads),
      capability,
      ...(gpu === undefined
        ? { bf16: bf16 === "" ? "emulated on the CPU" : `native on the CPU (${bf16})` }
        : { gpu: gpu.name, computeCapability: gpu.capability, tf32: String(tf32) }),
      thread: isMainThread ? "main" : "worker",
    }),
    memory: () => ({ tensors: tf.memory().numTensors, bytes: backend.bytes }),
  };
}
