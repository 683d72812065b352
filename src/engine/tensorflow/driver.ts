import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import { SslMemError } from "../../errors.js";
import { asUserError, shortageBehind } from "../../faults/index.js";
import { registerReluGradient } from "../ops/relu.js";
import * as tf from "../tf.js";
import type { EngineChoice, EngineDriver, EngineRequest, EngineSession, SettledRequest } from "../types.js";
import { registerTensorflow, type TensorflowBackend } from "./backend.js";
import { registerTensorflowFused } from "./fused-kernels.js";
import { type BindingFacts, locateBinding } from "./locate.js";

const SETUP = "Run `npm run setup`; `sslmem doctor` says what is missing.";

/** `@tensorflow/tfjs-node-gpu` over its own binding, compiled by set-up against a current TensorFlow. */
export const tensorflowDriver: EngineDriver = {
  name: "tensorflow",
  summary: "TensorFlow.js over a current TensorFlow, on the CPU",
  missing() {
    if (locateBinding() !== null) return null;
    return { message: "TensorFlow or its binding is not set up in this checkout.", hint: SETUP };
  },
  devices: () => ["auto"],
  prepare: setEnvironment,
  settle(request) {
    return settled(request, located());
  },
  async open(choice, threads) {
    const facts = located();
    setEnvironment({ ...(threads && { threads }) });
    let backend: TensorflowBackend;
    try {
      backend = await registerTensorflow(facts.path, facts.lib);
    } catch (error) {
      if (shortageBehind(error) !== null) throw asUserError(error);
      const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
      throw new SslMemError("ENGINE", `TensorFlow ${facts.version} did not load: ${reason}`, SETUP, {
        cause: error,
      });
    }
    registerTensorflowFused();
    registerReluGradient();
    return session(backend, facts, choice);
  },
};

function located(): BindingFacts {
  const facts = locateBinding();
  if (facts !== null) return facts;
  throw new SslMemError("ENGINE", "TensorFlow or its binding is not set up in this checkout.", SETUP);
}

function settled(request: EngineRequest, facts: BindingFacts): SettledRequest {
  const device = request.device ?? "auto";
  if (!/^(auto|cpu|cuda:\d+)$/.test(device)) {
    throw new SslMemError("USAGE", `Expected auto, cpu or cuda:<n> for device but received "${device}".`);
  }
  if (device.startsWith("cuda") && facts.flavour !== "gpu") {
    throw new SslMemError(
      "ENGINE",
      `Expected a GPU build of TensorFlow for device "${device}" but this checkout is linked to the CPU wheel.`,
      "--engine torch, or --device cpu",
    );
  }
  const precision = request.precision ?? "auto";
  if (precision !== "auto" && precision !== "fp32") {
    throw new SslMemError(
      "ENGINE",
      `Expected fp32 for precision on the tensorflow engine but received "${precision}".`,
      "--engine torch",
    );
  }
  if (request.deterministic) {
    throw new SslMemError(
      "ENGINE",
      "Expected an engine that promises the same bits again but the tensorflow engine has no such mode.",
      "--engine torch",
    );
  }
  const gpu = facts.flavour === "gpu" && device !== "cpu";
  return {
    device: gpu ? (device === "auto" ? "cuda:0" : device) : "cpu",
    precision: "fp32",
    why: precision === "auto" ? "the tensorflow engine has no other precision" : null,
  };
}

/**
 * Sets what TensorFlow reads from the environment when its library is loaded; what the user has set stays. Only the main
 * thread can do this: a worker's process.env is a copy that no library sees. oneDNN is asked for by name, since
 * TensorFlow leaves it off on processors without AVX-512: on two cores of a Zen 3 a convolution and its gradients run at
 * 88 GFLOP/s with it and at 66 without.
 */
function setEnvironment(request: EngineRequest): void {
  if (!isMainThread) return;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2"; // errors only
  process.env.TF_NUM_INTRAOP_THREADS ??= String(request.threads ?? availableParallelism());
  process.env.TF_NUM_INTEROP_THREADS ??= "1";
  process.env.TF_ENABLE_ONEDNN_OPTS ??= "1";
}

function session(backend: TensorflowBackend, facts: BindingFacts, choice: EngineChoice): EngineSession {
  const device = backend.isUsingGpuDevice ? choice.device : "cpu";
  return {
    ...choice,
    device,
    describe: () => ({
      engine: "tensorflow",
      tensorflow: facts.version,
      wheel: facts.flavour,
      tfjs: tf.version_core,
      device,
      precision: "fp32",
      choice: choice.why,
      threads: process.env.TF_NUM_INTRAOP_THREADS ?? "",
      onednn: process.env.TF_ENABLE_ONEDNN_OPTS ?? "",
      thread: isMainThread ? "main" : "worker",
    }),
    memory() {
      const { numTensors, numBytes } = tf.memory();
      return { tensors: numTensors, bytes: numBytes };
    },
  };
}
