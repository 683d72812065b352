import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/nn/index.js";

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

test("arrays of any names, shapes and values read back to the bit, with any metadata", async (t) => {
  const path = join(folder, "any.safetensors");
  const metadata = fc.dictionary(
    name.filter((key) => key !== "__proto__"),
    fc.string({ unit: "grapheme" }),
    { maxKeys: 4, noNullPrototype: true },
  );
  await fc.assert(
    fc.asyncProperty(
      tensors.filter((list) => list.every(([text]) => text !== "__metadata__")),
      metadata,
      async (list, facts) => {
        const digest = await writeSafetensors(path, new Map(list), facts);
        const read = await readSafetensors(path);
        t.deepEqual(byName(read.tensors), byName(list));
        t.deepEqual({ ...read.metadata }, { ...facts });
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
