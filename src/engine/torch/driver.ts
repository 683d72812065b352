import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { SslMemError } from "../../errors.js";
import { loadNativeModule } from "../../native/load.js";
import { registerReluGradient } from "../ops/relu.js";
import { packageRoot } from "../tensorflow/locate.js";
import * as tf from "../tf.js";
import type { EngineDriver, EngineRequest, EngineSession, Precision } from "../types.js";
import { TorchBackend } from "./backend.js";
import type { TorchBinding } from "./binding.js";
import { registerTorchKernels } from "./kernels/index.js";
import { BACKEND } from "./kernels/register.js";
import { registerTorchFused } from "./ops.js";

const SETUP =
  "Run `npm run setup` (SSLMEM_ENGINES unset, or with torch in it); `sslmem doctor` says what is missing.";
const path = () => join(packageRoot(), "build", "Release", "sslmem_torch.node");

/** Our TensorFlow.js backend over libtorch (ATen), native/torch. */
export const torchDriver: EngineDriver = {
  name: "torch",
  summary: "our backend over libtorch: fused kernels, bf16 (measured on CPU; CUDA has never run)",
  missing: () =>
    existsSync(path()) ? null : { message: "The torch engine is not built in this checkout.", hint: SETUP },
  devices() {
    const { cudaDevices } = (loadNativeModule(path(), "the torch engine") as TorchBinding).describe();
    return cudaDevices === 0 ? ["cpu"] : Array.from({ length: cudaDevices }, (_, n) => `cuda:${n}`);
  },
  prepare: () => {},
  async open(request) {
    const binding = loadNativeModule(path(), "the torch engine") as TorchBinding;
    const { device, precision } = settled(request, binding);
    binding.configure({ threads: request.threads ?? availableParallelism(), deterministic: false });
    registerGradients();
    registerTorchKernels();
    registerTorchFused();
    registerReluGradient();
    tf.registerBackend(BACKEND, () => new TorchBackend(binding, device, precision), 4);
    await tf.setBackend(BACKEND);
    await tf.ready();
    return session(tf.backend() as unknown as TorchBackend);
  },
};

/** The gradients of TensorFlow.js' own operations; its core leaves them out and the union package brings them. */
function registerGradients(): void {
  const warn = console.warn;
  console.warn = () => {}; // it announces that tfjs-node could be installed
  try {
    createRequire(import.meta.url)("@tensorflow/tfjs");
  } finally {
    console.warn = warn;
  }
}

function settled(request: EngineRequest, binding: TorchBinding): { device: string; precision: Precision } {
  const { cudaDevices, bf16 } = binding.describe();
  const wanted = request.device ?? "auto";
  const match = /^(?:auto|cpu|cuda:(\d+))$/.exec(wanted);
  if (match === null)
    throw new SslMemError("USAGE", `Expected auto, cpu or cuda:<n> for device but received "${wanted}".`);
  if (match[1] !== undefined && Number(match[1]) >= cudaDevices) {
    throw new SslMemError(
      "ENGINE",
      `Expected a CUDA device for "${wanted}" but this libtorch sees ${cudaDevices}.`,
      "Use --device cpu.",
    );
  }
  const device = wanted === "auto" ? (cudaDevices > 0 ? "cuda:0" : "cpu") : wanted;
  const precision = request.precision ?? "auto";
  if (precision === "tf32" && device === "cpu")
    throw new SslMemError(
      "ENGINE",
      "Expected a CUDA device for tf32 but the device is the CPU.",
      "--precision fp32",
    );
  return { device, precision: precision === "auto" ? (bf16 ? "bf16" : "fp32") : precision };
}

function session(backend: TorchBackend): EngineSession {
  const { device, precision } = backend;
  const { torch, capability, threads, bf16 } = backend.binding.describe();
  return {
    engine: "torch",
    device,
    precision,
    describe: () => ({
      engine: "torch",
      torch,
      tfjs: tf.version_core,
      device,
      precision,
      threads: String(threads),
      capability,
      bf16: bf16 ? "native" : "emulated",
      thread: isMainThread ? "main" : "worker",
    }),
    memory: () => ({ tensors: tf.memory().numTensors, bytes: backend.bytes }),
  };
}
