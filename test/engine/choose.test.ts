import test from "ava";
import { autoEngine, chooseEngine, engineDriver } from "../../src/engine/index.js";
import { allocationOf, batchThatFits, OutOfMemory, withinMemory } from "../../src/engine/out-of-memory.js";
import { bf16Unit, featuresIn, processorFeatures } from "../../src/engine/processor.js";
import { SslMemError } from "../../src/errors.js";

test("auto takes torch where it is built, else tensorflow, and says why", (t) => {
  t.is(autoEngine(["torch", "tensorflow"]).engine, "torch");
  t.is(autoEngine(["torch"]).engine, "torch");
  t.like(autoEngine(["tensorflow"]), { engine: "tensorflow", why: "the torch engine is not built" });
});

test("the processor's bf16 unit is read from its features", (t) => {
  const unit = (flags: string) =>
    bf16Unit(new Set(featuresIn(`processor\t: 0\nflags\t\t: ${flags}\nbugs\t\t:\n`)));
  t.is(unit("fpu avx2 avx512f avx512_bf16 amx_bf16 amx_tile"), "AMX-BF16");
  t.is(unit("fpu avx2 avx512f avx512_bf16"), "AVX512-BF16");
  t.is(unit("fpu avx2 avx512f avx512_vnni"), null);
  if (process.platform === "linux") t.true(processorFeatures().size > 10);
});

const request = { engine: "torch", device: "cpu" } as const;
const on = engineDriver("torch").missing() === null ? test : test.skip;

on("a choice leaves nothing to auto, and says why; what cannot be had is an engine error", (t) => {
  const expected = bf16Unit() === null ? "fp32" : "bf16";
  t.like(chooseEngine(request), {
    engine: "torch",
    device: "cpu",
    precision: expected,
    deterministic: false,
  });
  t.regex(chooseEngine(request).why, /^(bf16|fp32): .*natively here/);
  t.is(chooseEngine({ ...request, precision: "bf16" }).why, "as asked");
  t.true(chooseEngine({ device: "cpu", deterministic: true }).deterministic);
  for (const wrong of [
    { ...request, precision: "tf32" as const },
    { ...request, device: "cuda:99" },
  ])
    t.throws(() => chooseEngine(wrong), { name: "SslMemError", message: /^Expected a CUDA device/ });
  t.throws(() => chooseEngine({ ...request, device: "gpu" }), {
    message: /Expected auto, cpu, cuda:N or several/,
  });
});

const tensorflow = engineDriver("tensorflow").missing() === null ? test : test.skip;
tensorflow("tensorflow refuses what it cannot promise", (t) => {
  for (const wrong of [{ deterministic: true }, { precision: "bf16" as const }]) {
    const error = t.throws(() => chooseEngine({ engine: "tensorflow", device: "cpu", ...wrong }));
    t.like(error, { code: "ENGINE", hint: "--engine torch" });
  }
});

test("what libtorch says of a failed allocation is read in bytes", (t) => {
  const cpu = allocationOf(
    "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 4503599627370496 bytes. Error code 12 (Cannot allocate memory)",
  );
  t.is(cpu.asked, 2 ** 52);
  t.true(cpu.free > 2 ** 20 && cpu.free < 2 ** 46);
  const gpu =
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of 79.19 GiB of which 512.00 MiB is free. Process 1 has 78.6 GiB memory in use. Of the allocated memory 76.00 GiB is allocated by PyTorch, and 1.50 GiB is reserved by PyTorch but unallocated.";
  t.deepEqual(allocationOf(gpu), { asked: 2.5 * 2 ** 30, free: 2 ** 31 });
});

test("the batch that fits is what was taken and free, over what an image needs", (t) => {
  // 100 images had taken 8 of the 10 bytes that they needed when they failed, and 1 was free: 90 would have got as far.
  const sizes = { asked: 200, held: 1800, free: 100 };
  t.is(batchThatFits(sizes, { batch: 100, before: 1000, perImage: 0 }), 90);
  // A whole step is known to need more than that: 20 an image.
  t.is(batchThatFits(sizes, { batch: 100, before: 1000, perImage: 20 }), 45);
  t.is(batchThatFits({ ...sizes, free: 10_000 }, { batch: 100, before: 1000, perImage: 0 }), 99);
  const fail = (perImage: number) => () =>
    withinMemory("--batch", 2, { batch: 100, before: 1000, perImage }, () => {
      throw new OutOfMemory("Relu of [1]", "cpu", sizes, null);
    });
  t.regex(t.throws<SslMemError>(fail(0))?.hint ?? "", /^--batch 90 should fit/);
  t.regex(t.throws<SslMemError>(fail(1000))?.hint ?? "", /^not even --batch 2 would fit/);
  // In four parts of 25, of which 20 hold what there is: five parts of 20 fit, and so does a batch of 80 in four.
  const inParts = (count: number, free: number) =>
    t.throws<SslMemError>(() =>
      withinMemory(
        "--batch",
        2,
        { batch: 100, before: 1000, perImage: 0, parts: { flag: "--accumulate", count } },
        () => {
          throw new OutOfMemory("Relu of [1]", "cpu", { asked: 200, held: 1800, free }, null);
        },
      ),
    )?.hint;
  t.is(
    inParts(4, 0),
    "--batch 80 should fit (by what 25 images at a time take and what is free), or --accumulate 5",
  );
  t.is(inParts(1, 0), "--batch 80 should fit (by what 100 images take and what is free), or --accumulate 2");
  t.is(inParts(50, 0), "not even 2 images at a time would fit: a smaller --image-size or --arch");
  const other = new SslMemError("DATA", "another");
  t.is(
    t.throws(() =>
      withinMemory("--batch", 2, { batch: 1, before: 0, perImage: 0 }, () => {
        throw other;
      }),
    ),
    other,
  );
});
