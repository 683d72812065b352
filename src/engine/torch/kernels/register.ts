import { TORCH } from "../../ops/kernels.js";
import * as tf from "../../tf.js";
import type { TorchBackend } from "../backend.js";

export type Inputs = Record<string, tf.TensorInfo>;
// biome-ignore lint/suspicious/noExplicitAny: attributes differ from kernel to kernel
export type Attributes = Record<string, any>;
export type TorchKernel = (
  inputs: Inputs,
  attributes: Attributes,
  backend: TorchBackend,
) => tf.TensorInfo | tf.TensorInfo[];

/** Registers one kernel of TensorFlow.js for the torch engine. */
export function register(kernelName: string, kernel: TorchKernel): void {
  if (tf.getKernel(kernelName, TORCH)) return;
  tf.registerKernel({
    kernelName,
    backendName: TORCH,
    kernelFunc: ({ inputs, attrs, backend }) =>
      kernel(inputs as Inputs, (attrs ?? {}) as Attributes, backend as TorchBackend),
  });
}

/** Registers kernels whose inputs and attributes go to the native kernel of the same name as they are. */
export function registerPlain(table: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, inputNames] of Object.entries(table)) {
    register(name, (inputs, attributes, backend) =>
      backend.one(
        name,
        inputNames.map((input) => inputs[input] ?? null),
        attributes,
      ),
    );
  }
}
