import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/nn/index.js";
import { type RawArray, writeRaw } from "./safetensors-files.js";

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-safetensors-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

/** Names that JSON escapes, that a JavaScript object has or sorts in its own way, and any other text. */
const name = fc.oneof(
  fc.constantFrom(
    "",
    "__proto__",
    "constructor",
    "toString",
    "0",
    "9",
    "10",
    "-1",
    "a.b",
    '"',
    "\\",
    "\n",
    "ü",
    "🙂",
  ),
  fc.nat(30).map(String),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);

/** Any shape up to four sides, a scalar's and empty ones among them, and any values: every bit pattern of float32. */
const tensor: fc.Arbitrary<StoredTensor> = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 })), { maxLength: 4 })
  .chain((shape) => {
    const count = shape.reduce((product, side) => product * side, 1);
    return fc
      .array(fc.maxSafeNat(), { minLength: count, maxLength: count })
      .map((words) => ({ shape, data: new Float32Array(Uint32Array.from(words).buffer) }));
  });

const tensors = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([text]) => text, maxLength: 8 });
const bits = ({ shape, data }: StoredTensor) => [shape, ...new Uint32Array(data.slice().buffer)];
const byName = (list: Iterable<[string, StoredTensor]>) =>
  [...list].sort(([a], [b]) => (a < b ? -1 : 1)).map(([text, array]) => [text, bits(array)]);

const sorted = (facts: Record<string, string>) => Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));

test("arrays of any names, shapes and values read back to the bit, with any metadata", async (t) => {
  const path = join(folder, "any.safetensors");
  const metadata = fc
    .uniqueArray(fc.tuple(name, fc.string({ unit: "grapheme" })), { selector: ([key]) => key, maxLength: 4 })
    .map((facts) => Object.fromEntries(facts) as Record<string, string>);
  await fc.assert(
    fc.asyncProperty(
      tensors.filter((list) => list.every(([text]) => text !== "__metadata__")),
      metadata,
      async (list, facts) => {
        const digest = await writeSafetensors(path, new Map(list), facts);
        const read = await readSafetensors(path);
        t.deepEqual(byName(read.tensors), byName(list));
        t.deepEqual(sorted(read.metadata), sorted(facts));
        t.is(read.digest, digest);
        t.is(read.others.size, 0);
        // As the format has it: a header of whole words of 8 bytes, then nothing but the arrays.
        const file = await readFile(path);
        const header = Number(file.readBigUInt64LE(0));
        t.is(header % 8, 0);
        t.is(
          file.length - 8 - header,
          list.reduce((sum, [, { data }]) => sum + data.byteLength, 0),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("the digest tells any two files apart that differ in a name, a shape or a value", async (t) => {
  const path = join(folder, "two.safetensors");
  const write = (list: [string, StoredTensor][]) => writeSafetensors(path, new Map(list));
  await fc.assert(
    fc.asyncProperty(tensors, tensors, async (one, other) => {
      const isSame = JSON.stringify(byName(one)) === JSON.stringify(byName(other));
      t.is((await write(one)) === (await write(other)), isSame);
      t.is(await write(one), await write([...one].reverse()), "not by the order in which they are given");
      const flat = one.map(([text, { shape, data }]): [string, StoredTensor] => [
        text,
        { shape: [...shape, 1], data },
      ]);
      if (one.length > 0) t.not(await write(flat), await write(one), "by the shapes");
    }),
    { numRuns: 60 },
  );
});

/** Number of bytes of a value, and, of floats, the value that its bits have. */
const TYPES: Record<string, [width: number, read?: (view: DataView, at: number) => number]> = {
  F64: [8, (view, at) => Math.fround(view.getFloat64(at, true))],
  F32: [4, (view, at) => view.getFloat32(at, true)],
  F16: [2, (view, at) => half(view.getUint16(at, true))],
  BF16: [
    2,
    (view, at) => new Float32Array(Uint32Array.of(view.getUint16(at, true) * 2 ** 16).buffer)[0] as number,
  ],
  I64: [8],
  U64: [8],
  I32: [4],
  U32: [4],
  I16: [2],
  U16: [2],
  I8: [1],
  U8: [1],
  BOOL: [1],
  C64: [8],
  F8_E4M3: [1],
  F8_E5M2: [1],
  F8_E8M0: [1],
};

function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31 && fraction > 0) return Number.NaN;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return (bits & 0x8000 ? -1 : 1) * (exponent === 31 ? Number.POSITIVE_INFINITY : size);
}

/** An array of any type, with bytes of any values. */
const foreign = fc
  .tuple(fc.constantFrom(...Object.keys(TYPES)), fc.array(fc.nat(3), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const length = shape.reduce((product, side) => product * side, TYPES[dtype]?.[0] as number);
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes): RawArray => ({ dtype, shape, bytes: Uint8Array.from(bytes) }));
  });

test("of files of others every float has its value, wanted or not, and every other array its type", async (t) => {
  const path = join(folder, "foreign.safetensors");
  const named = name.filter((text) => text !== "__metadata__");
  const arrays = fc.uniqueArray(fc.tuple(named, foreign, fc.boolean()), {
    selector: ([text]) => text,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(arrays, async (list) => {
      await writeRaw(
        path,
        list.map(([text, array]) => [text, array]),
      );
      const wanted = new Set(list.flatMap(([text, , isWanted]) => (isWanted ? [text] : [])));
      const { tensors: read, others } = await readSafetensors(path, { wanted: (text) => wanted.has(text) });
      t.is(read.size + others.size, list.length);
      for (const [text, { dtype, shape, bytes }] of list) {
        const [width, valueAt] = TYPES[dtype] as [number, ((view: DataView, at: number) => number)?];
        if (valueAt === undefined || !wanted.has(text)) {
          t.is(others.get(text), dtype);
          continue;
        }
        const view = new DataView((bytes as Uint8Array).buffer);
        const values = Float32Array.from({ length: view.byteLength / width }, (_, i) =>
          valueAt(view, i * width),
        );
        const { shape: found, data } = read.get(text) as StoredTensor;
        t.deepEqual([found, [...data]], [[...shape], [...values]]); // by value: there are many that are no number
      }
    }),
    { numRuns: 200 },
  );
});
