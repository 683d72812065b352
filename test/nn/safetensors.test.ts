import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readSafetensors, writeSafetensors } from "../../src/nn/index.js";

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-safetensors-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

const tensors = new Map([
  ["b", { shape: [2, 3], data: Float32Array.from([1, -2, 0.5, 3, 4, 1e-3]) }],
  ["a", { shape: [], data: Float32Array.from([7]) }],
  ["__proto__", { shape: [2], data: Float32Array.from([8, 9]) }],
  ["none", { shape: [0], data: new Float32Array() }],
]);

/** A file of one's own making: the header's text and the data. */
async function file(name: string, header: string, data: number): Promise<string> {
  const path = join(folder, name);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  await writeFile(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(data, 1)]));
  return path;
}

test("what is written reads back, with its metadata and its digest", async (t) => {
  const path = join(folder, "own.safetensors");
  const digest = await writeSafetensors(path, tensors, { step: "3" });
  const read = await readSafetensors(path);
  t.deepEqual(new Map([...read.tensors].sort()), new Map([...tensors].sort()));
  t.deepEqual([read.metadata, read.digest], [{ step: "3" }, digest]);
});

test("a flipped bit anywhere in the arrays or their header is refused, naming the file", async (t) => {
  const path = join(folder, "flip.safetensors");
  await writeSafetensors(path, tensors, { step: "3" });
  const whole = await readFile(path);
  const key = whole.indexOf("sslmem_sha256"); // where it cannot be found any more, the values are as they were
  for (let at = 0; at < whole.length; at++) {
    if (at >= key && at < key + 13) continue;
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
    await writeFile(path, damaged);
    const error = await t.throwsAsync(readSafetensors(path), { code: "DATA" }, `byte ${at}`);
    t.true(error?.message.includes(path));
  }
});

test("headers that contradict themselves or the data are refused in a sentence", async (t) => {
  const array = (facts: string) => `{"a":{"dtype":"F32",${facts}}}`;
  const cases: [string, number, RegExp][] = [
    [array('"shape":[2],"data_offsets":[0,8]'), 12, /4 bytes more than the arrays/],
    [array('"shape":[2],"data_offsets":[4,12]'), 12, /"a" has 2 values of F32 but lies at bytes 4 to 12/],
    [array('"shape":[2],"data_offsets":[0,8]'), 4, /cut short/],
    [array('"shape":[-2],"data_offsets":[0,8]'), 8, /"a" lacks its dtype, shape or data_offsets/],
    [array('"shape":[1e300],"data_offsets":[0,8]'), 8, /"a" lacks its dtype, shape or data_offsets/],
    [array('"shape":[4294967296,4294967296],"data_offsets":[0,8]'), 8, /values of F32/],
    [array('"shape":[2],"data_offsets":[0,8.5]'), 8, /"a" lacks its/],
    [array('"shape":[2]'), 8, /"a" lacks its/],
    [
      '{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,8]}}',
      8,
      /the type constructor, which the format does not have/,
    ],
    ['{"a":null}', 0, /"a" lacks its dtype/],
    ['{"__metadata__":{"x":1}}', 0, /__metadata__ has other values than texts/],
    ["[]", 0, /it is none: it begins with/],
    ["null", 0, /it is none: it begins with/],
    ['{"a":', 0, /its header is damaged/],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
      /lies at bytes 4 to 8, not from 0 on/,
    ],
  ];
  for (const [i, [header, data, message]] of cases.entries()) {
    const path = await file(`case-${i}.safetensors`, header, data);
    const error = await t.throwsAsync(readSafetensors(path), { code: "DATA", message }, header);
    t.true(error?.message.includes(path));
    t.notRegex(error?.message ?? "", /undefined|NaN|\[object/);
  }
});

test("files of others have no digest: every float type is read, integers are left out", async (t) => {
  const path = await file(
    "foreign.safetensors",
    '{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"n":{"dtype":"I64","shape":[],"data_offsets":[4,12]}}',
    12,
  );
  const { tensors: read, digest } = await readSafetensors(path);
  t.deepEqual([[...read.keys()], digest], [["w"], null]);
});
