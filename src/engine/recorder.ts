import { SslMemError } from "../errors.js";
import { OutOfMemory } from "./out-of-memory.js";
import * as tf from "./tf.js";
import type { TensorHandle } from "./torch/binding.js";
import { torchBackend } from "./torch/torch-images.js";

/** Whether a training step is recorded once and then started as one: "auto" is "off" (text/on-gpus.ts). */
export type CudaGraphs = "auto" | "off" | "on";

/** Work on the engine's device that has been recorded, to be done again with what its inputs hold then. */
export interface Recording {
  /** What the work returned; each replay writes them anew. Freed by dispose. */
  outputs: tf.Tensor[];
  replay(): void;
  dispose(): void;
}

/** Records work without doing it. */
export interface Recorder {
  /**
   * @param fixed tensors from outside that the work reads; from then on they are written to in place only
   * @param work reads nothing back, and returns tensors that it has kept (tf.keep)
   */
  record(fixed: readonly tf.Tensor[], work: () => tf.Tensor[]): Recording;
}

/**
 * The recorder that a setting asks for; null to do everything step by step. An engine must be open. Throws SslMemError
 * ENGINE for "on" where there are no CUDA graphs.
 */
export function recorderFor(setting: CudaGraphs): Recorder | null {
  if (setting !== "on") return null;
  const backend = torchBackend();
  if (backend === null || backend.device === "cpu") {
    const found = backend === null ? "is another" : "computes on the CPU";
    throw new SslMemError(
      "ENGINE",
      `Expected the torch engine on a CUDA device for CUDA graphs but the engine ${found}.`,
      "--cuda-graphs off",
    );
  }
  const { binding, device } = backend;
  return {
    record(fixed, work) {
      const handles = (): TensorHandle[] => fixed.map((tensor) => backend.handleOf(tensor));
      const graph = binding.beginGraph(device, handles());
      try {
        const outputs = work();
        binding.endGraph(graph);
        return {
          outputs,
          replay: () => binding.replayGraph(graph, handles()),
          dispose: () => {
            binding.releaseGraph(graph);
            tf.dispose(outputs);
          },
        };
      } catch (cause) {
        binding.releaseGraph(graph);
        if (cause instanceof OutOfMemory) throw cause;
        throw new SslMemError(
          "ENGINE",
          `Expected a step that can be recorded as a CUDA graph but: ${(cause as Error).message}`,
          "--cuda-graphs off",
          { cause },
        );
      }
    },
  };
}
