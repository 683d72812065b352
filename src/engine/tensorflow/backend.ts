import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "../tf.js";
import { withoutWarnings } from "../without-warnings.js";

/** The part of tfjs-node's NodeJSKernelBackend that our fused operations call. */
export interface TensorflowBackend extends tf.KernelBackend {
  binding: Record<string, number> & { TF_Version: string };
  isUsingGpuDevice: boolean;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

export interface OpAttribute {
  name: string;
  type: number | undefined;
  value: unknown;
}

/** TensorFlow attribute constructors for one backend; names and values as TensorFlow's op definitions give them. */
export function attributes(backend: TensorflowBackend) {
  const { binding } = backend;
  return {
    type: (name: string): OpAttribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }),
    float: (name: string, value: number): OpAttribute => ({ name, type: binding.TF_ATTR_FLOAT, value }),
    bool: (name: string, value: boolean): OpAttribute => ({ name, type: binding.TF_ATTR_BOOL, value }),
    string: (name: string, value: string): OpAttribute => ({ name, type: binding.TF_ATTR_STRING, value }),
    ints: (name: string, value: number[]): OpAttribute => ({ name, type: binding.TF_ATTR_INT, value }),
  };
}

const require = createRequire(import.meta.url);

/**
 * Loads TensorFlow and makes it the backend of TensorFlow.js in this thread. Goes past the npm package's index, which
 * would look for a binary of its own through node-pre-gyp.
 *
 * @param bindingPath the .node file that set-up compiled @param library folder of libtensorflow_cc
 */
export async function registerTensorflow(bindingPath: string, library: string): Promise<TensorflowBackend> {
  restoreIsNullOrUndefined();
  if (Number(process.env.TF_CPP_MIN_LOG_LEVEL ?? 2) >= 2) {
    require(join(dirname(bindingPath), "quiet_load.node")).load(join(library, "libtensorflow_cc.so.2"));
  }
  const bindings = require(bindingPath);
  await withoutWarnings(async () => {
    require("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
    const { NodeJSKernelBackend } = require("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");
    if (tf.findBackend("tensorflow") === null) {
      const make = () => new NodeJSKernelBackend(bindings, "@tensorflow/tfjs-node-gpu");
      tf.registerBackend("tensorflow", make, 3);
    }
    await tf.setBackend("tensorflow");
    await tf.ready();
  });
  return tf.backend() as TensorflowBackend;
}

/** tfjs-node 4.22 calls util.isNullOrUndefined and util.isArray, which Node 23 removed. */
function restoreIsNullOrUndefined(): void {
  const util = require("node:util") as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}
