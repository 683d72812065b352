import { SslMemError } from "../../errors.js";
import { allocationOf, OutOfMemory } from "../out-of-memory.js";
import * as tf from "../tf.js";
import type { Precision } from "../types.js";
import type { NativeAttributes, NativeResult, TensorHandle, TorchBinding } from "./binding.js";

interface Stored {
  /** null for strings, which stay here, and for empty places. */
  handle: TensorHandle | null;
  strings: Uint8Array[] | null;
  dtype: tf.DataType;
  references: number;
  bytes: number;
}

/** TensorFlow.js' backend over libtorch: holds the tensors and runs kernels of native/torch by name. */
export class TorchBackend extends tf.KernelBackend {
  readonly #tensors: tf.DataStorage<Stored>;
  #bytes = 0;
  #precision: Precision;

  constructor(
    readonly binding: TorchBinding,
    /** "cpu" or "cuda:n". */
    readonly device: string,
    precision: Precision,
  ) {
    super();
    this.#precision = precision;
    this.#tensors = new tf.DataStorage(this, tf.engine());
  }

  /** Number format of convolutions and matrix products. */
  get precision(): Precision {
    return this.#precision;
  }

  /** Runs work in another precision. */
  withPrecision<T>(precision: Precision, work: () => T): T {
    const own = this.#precision;
    this.#precision = precision;
    try {
      return work();
    } finally {
      this.#precision = own;
    }
  }

  /** Bytes of the living tensors' values. */
  get bytes(): number {
    return this.#bytes;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: tf.DataId,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    if (dtype === "string") {
      const strings = values as Uint8Array[];
      this.#keep(dataId, { handle: null, strings, dtype, references, bytes: 0 });
      return;
    }
    const typed = typedValues(values, shape, dtype);
    const handle = this.#native(`values of [${shape.join(", ")}]`, [], () =>
      this.binding.createTensor(typed, shape, dtype, this.device),
    );
    this.#keep(dataId, { handle, strings: null, dtype, references, bytes: typed.byteLength });
  }

  #keep(dataId: tf.DataId, stored: Stored): void {
    this.#tensors.set(dataId, stored);
    this.#bytes += stored.bytes;
  }

  /**
   * Runs a kernel of native/torch and gives its results to TensorFlow.js.
   *
   * @param inputs null for an optional input that is left out
   */
  run(
    name: string,
    inputs: readonly (tf.TensorInfo | null)[],
    attributes: NativeAttributes = {},
  ): tf.TensorInfo[] {
    const handles = inputs.map((input) => (input === null ? null : this.handleOf(input)));
    return this.#native(name, inputs, () =>
      this.binding.execute(name, handles, attributes, this.precision),
    ).map(({ handle, shape, dtype, bytes }) => {
      const dataId = {};
      this.#keep(dataId, { handle, strings: null, dtype, references: 1, bytes });
      return { dataId, shape, dtype };
    });
  }

  /** Makes a result of a native call a tensor of TensorFlow.js, outside of its scopes. */
  adopt({ handle, shape, dtype, bytes }: NativeResult): tf.Tensor {
    const dataId = {};
    this.#keep(dataId, { handle, strings: null, dtype, references: 1, bytes });
    return tf.keep(tf.engine().makeTensorFromDataId(dataId, shape, dtype, this));
  }

  /** Runs a native call; what a user can do something about becomes an SslMemError. */
  #native<T>(name: string, inputs: readonly (tf.TensorInfo | null)[], body: () => T): T {
    try {
      return body();
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string };
      if (code === "OUT_OF_MEMORY") {
        const sizes = inputs.map((x) => (x === null ? "none" : `[${x.shape.join(", ")}]`)).join(", ");
        const what = sizes === "" ? name : `${name} of ${sizes}`;
        throw new OutOfMemory(what, this.device, { held: this.#bytes, ...allocationOf(message) }, error);
      }
      if (message.includes("does not have a deterministic implementation"))
        throw new SslMemError(
          "ENGINE",
          `Expected a deterministic kernel for ${name} on ${this.device} but libtorch has none.`,
          "without --deterministic, or --device cpu",
          { cause: error },
        );
      throw error;
    }
  }

  /** The only result of a kernel. */
  one(
    name: string,
    inputs: readonly (tf.TensorInfo | null)[],
    attributes: NativeAttributes = {},
  ): tf.TensorInfo {
    return this.run(name, inputs, attributes)[0] as tf.TensorInfo;
  }

  /** The same values under another shape; shares the memory. */
  alias(x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
    const same = shape.length === x.shape.length && shape.every((size, axis) => size === x.shape[axis]);
    if (x.dtype !== "string" && !same) return this.one("Reshape", [x], { shape });
    this.incRef(x.dataId);
    return { dataId: x.dataId, shape, dtype: x.dtype };
  }

  handleOf({ dataId, dtype }: tf.TensorInfo): TensorHandle {
    const { handle } = this.#tensors.get(dataId);
    if (handle === null)
      throw new Error(`Expected numbers for a kernel of the torch engine but received ${dtype}.`);
    return handle;
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    const { handle, strings } = this.#tensors.get(dataId);
    return (handle === null ? (strings ?? []) : this.binding.readTensor(handle)) as tf.BackendValues;
  }

  override async read(dataId: tf.DataId): Promise<tf.BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    if (!this.#tensors.has(dataId)) return true;
    const stored = this.#tensors.get(dataId);
    stored.references -= 1;
    if (!force && stored.references > 0) return false;
    if (stored.handle !== null) this.binding.releaseTensor(stored.handle);
    this.#bytes -= stored.bytes;
    this.#tensors.delete(dataId);
    return true;
  }

  override refCount(dataId: tf.DataId): number {
    return this.#tensors.has(dataId) ? this.#tensors.get(dataId).references : 0;
  }

  override incRef(dataId: tf.DataId): void {
    this.#tensors.get(dataId).references += 1;
  }

  override numDataIds(): number {
    return this.#tensors.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(work: () => void): Promise<{ kernelMs: number }> {
    const began = performance.now();
    work();
    return { kernelMs: performance.now() - began };
  }

  override dispose(): void {}
}

/** Values as the bytes of the dtype. */
function typedValues(values: tf.BackendValues, shape: number[], dtype: tf.DataType): ArrayBufferView {
  if (dtype === "complex64") return Float32Array.from(values as Float32Array);
  const numbers = (values ?? new Float32Array(tf.util.sizeFromShape(shape))) as Float32Array;
  if (dtype === "int32") return numbers instanceof Int32Array ? numbers : Int32Array.from(numbers);
  if (dtype === "bool") return numbers instanceof Uint8Array ? numbers : Uint8Array.from(numbers);
  return numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
}
