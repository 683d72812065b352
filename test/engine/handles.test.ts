import { setImmediate } from "node:timers/promises";
import test from "ava";
import { engineDriver, openEngine, withinMemory } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { TorchBackend } from "../../src/engine/torch/backend.js";
import type { TensorHandle, TorchBinding } from "../../src/engine/torch/binding.js";
import type { SslMemError } from "../../src/errors.js";

const on = engineDriver("torch").missing() === null ? test.serial : test.serial.skip;
const backend = () => tf.backend() as TorchBackend;

test.before(async () => {
  if (engineDriver("torch").missing() === null)
    await openEngine({ engine: "torch", device: "cpu", precision: "fp32", deterministic: true });
});

on("torch: what is no handle, and a handle that was released, are refused", (t) => {
  const { binding } = backend();
  const run = (handle: unknown) => () => binding.execute("Relu", [handle as TensorHandle], {}, "fp32");
  for (const wrong of [{}, 1, "x", new Float32Array(4)])
    t.throws(run(wrong), { instanceOf: TypeError, message: "Expected a tensor of the torch engine" });
  t.throws(() => binding.readTensor({} as TensorHandle), {
    message: "Expected a tensor of the torch engine",
  });
  const handle = binding.createTensor(Float32Array.of(1, -2), [2], "float32", "cpu");
  t.deepEqual(binding.readTensor(handle), Float32Array.of(1, -2));
  binding.releaseTensor(handle);
  t.throws(run(handle), { message: "Expected a tensor but received one that was released" });
  t.throws(() => binding.readTensor(handle), { message: /released/ });
  t.notThrows(() => binding.releaseTensor(handle), "a second release does nothing");
});

on("torch: values of another size than the shape's, and unknown dtypes and kernels, are refused", (t) => {
  const { binding } = backend();
  t.throws(() => binding.createTensor(new Float32Array(3), [2, 2], "float32", "cpu"), {
    instanceOf: RangeError,
    message: "Expected 16 bytes of values but received 12",
  });
  t.throws(() => binding.createTensor(new Float32Array(1), [1], "float64", "cpu"), {
    message: /Expected float32, int32, bool or complex64/,
  });
  t.throws(() => binding.execute("NoSuchKernel", [], {}, "fp32"), { message: /NoSuchKernel/ });
});

on("torch: a released tensor's memory serves the next one at once", (t) => {
  const { binding } = backend();
  const values = new Float32Array(2 ** 24).fill(1); // 64 MiB: far above what the process does besides
  let handle = binding.createTensor(values, [values.length], "float32", "cpu");
  const held = process.memoryUsage.rss();
  for (let i = 0; i < 10; i++) {
    binding.releaseTensor(handle);
    handle = binding.createTensor(values, [values.length], "float32", "cpu");
  }
  binding.releaseTensor(handle);
  t.true(process.memoryUsage.rss() - held < values.length, `${held}, ${process.memoryUsage.rss()}`);
});

on("torch: memory kept for later is given back when other sizes are asked for", (t) => {
  const { binding } = backend();
  const before = process.memoryUsage.rss();
  let most = 0;
  for (let size = 2 ** 23; size < 2 ** 24; size += 2 ** 20) {
    // 32 to 60 MiB, eight sizes one after the other: 370 MiB if all were kept
    const handle = binding.createTensor(new Float32Array(size).fill(1), [size], "float32", "cpu");
    most = Math.max(most, process.memoryUsage.rss() - before);
    binding.releaseTensor(handle);
  }
  // The tensor, the array that it is a copy of (which V8 frees when it likes), and what is kept.
  t.true(most < 300 * 2 ** 20, `${most / 2 ** 20} MiB`);
});

on("torch: V8 is told of memory that stays, and collects tensors that nobody released", async (t) => {
  const { binding } = backend();
  const values = new Float32Array(2 ** 21).fill(1);
  const before = process.memoryUsage.rss();
  let most = 0;
  // 384 times 8 MiB. The handles are small objects: unless V8 is told of their size, it sees no reason to collect them.
  for (let i = 0; i < 384; i++) {
    binding.createTensor(values, [values.length], "float32", "cpu");
    await setImmediate(); // finalizers run between two turns of the event loop
    most = Math.max(most, process.memoryUsage.rss() - before);
  }
  t.true(most < 1.5 * 2 ** 30, `${most / 2 ** 20} MiB`);
});

on("torch: out of memory says for what, how much, and the batch that would fit", (t) => {
  const needs = { batch: 2 ** 25, before: 0, perImage: 0 };
  const error = t.throws<SslMemError>(() =>
    withinMemory("--batch", 2, needs, () => tf.tidy(() => tf.fill([2 ** 25, 2 ** 25], 1))),
  );
  t.like(error, { name: "SslMemError", code: "ENGINE" });
  t.regex(
    error?.message ?? "",
    /^Not enough memory on cpu for Fill: 4194304.0 GiB were asked for, .* of tensors are held, .* are free\.$/,
  );
  // 4 bytes · 2²⁵ an image: what this machine has free, over that.
  const batch = Number(/^--batch (\d+) should fit/.exec(error?.hint ?? "")?.[1]);
  t.true(batch > 0 && batch < 2 ** 46 / 2 ** 27, `${error?.hint}`);
});

on("torch: --deterministic reaches libtorch, which says so itself, and so does its absence", async (t) => {
  const { binding } = backend();
  const session = await openEngine({ deterministic: true });
  t.deepEqual([session.describe().deterministic, binding.describe().deterministic], ["yes", true]);
  const settings = { threads: binding.describe().threads, tf32: false };
  binding.configure({ ...settings, deterministic: false });
  t.false(binding.describe().deterministic);
  binding.configure({ ...settings, deterministic: true });
  t.true(binding.describe().deterministic);
});

on("torch: a kernel that cannot promise to be deterministic is an engine error", async (t) => {
  const binding = {
    createTensor: () => ({}) as TensorHandle,
    execute: () => {
      throw new Error("some_backward_cuda does not have a deterministic implementation, but you set …");
    },
  } as unknown as TorchBinding;
  const other = new TorchBackend(binding, "cuda:0", "bf16");
  t.throws(() => other.run("SomeKernel", []), {
    name: "SslMemError",
    message: "Expected a deterministic kernel for SomeKernel on cuda:0 but libtorch has none.",
  });
});
