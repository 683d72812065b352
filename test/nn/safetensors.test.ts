import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type DeferredTensor, readSafetensors, writeSafetensors } from "../../src/nn/index.js";
import { writeRaw } from "./safetensors-files.js";

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
  const text = Buffer.from(header, header.includes("\xff") ? "latin1" : "utf8"); // a byte that UTF-8 does not have
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([length, text, Buffer.alloc(data, 1)]));
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
    [array('"shape":[2],"data_offsets":[4,12]'), 12, /lies at bytes 4 to 12, not from 0 on/],
    [array('"shape":[2],"data_offsets":[0,8]'), 4, /cut short/],
    [array('"shape":[-2],"data_offsets":[0,8]'), 8, /"a" lacks its dtype, shape or data_offsets/],
    [array('"shape":[1e300],"data_offsets":[0,8]'), 8, /"a" lacks its dtype/],
    [array('"shape":[4294967296,4294967296],"data_offsets":[0,8]'), 8, /values of F32/],
    [array('"shape":[2],"data_offsets":[0,8.5]'), 8, /"a" lacks its dtype/],
    [array('"shape":[2]'), 8, /"a" lacks its dtype/],
    [
      '{"a":{"dtype":"X64","shape":[1],"data_offsets":[0,8]}}',
      8,
      /has the type X64, which the format does not have/,
    ],
    ['{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,8]}}', 8, /has the type constructor/],
    ['{"a":null}', 0, /"a" lacks its dtype/],
    ['{"__metadata__":{"x":1}}', 0, /__metadata__ has other values than texts/],
    ["[]", 0, /it is none: it begins with/],
    ["null", 0, /it is none: it begins with/],
    ['{"a":', 0, /its header is damaged/],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
      /"a" stands in it twice/,
    ],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      4,
      /"a" stands in it twice/,
    ],
    ['{"__metadata__":{"x":"1"},"__metadata__":{"x":"2"}}', 0, /"__metadata__" stands in it twice/],
    [array('"shape":[1],"shape":[1],"data_offsets":[0,4]'), 4, /"shape" stands in it twice/],
    ['{"__metadata__":["x"]}', 0, /__metadata__ has other values than texts/],
    ['{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', 2, /"a" has 3 values of F4 but lies at/],
    ['{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,4]}}', 4, /"a" has 4 values of F6_E2M3/],
    [array('"shape":[9007199254740991,9007199254740991],"data_offsets":[0,9007199254740991]'), 8, /"a" has/],
    [array('"shape":[2251799813685247],"data_offsets":[0,9007199254740988]'), 8, /cut short/],
    [
      '{"\xff":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      4,
      /its header is damaged: it is no JSON text/,
    ],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}',
      6,
      /"b" has 1 values of F32 but lies at bytes 2 to 6, not from 4 on/,
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

test("types that are not read are known by their width, down to half a byte", async (t) => {
  const widths = { F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8 };
  const more = {
    F8_E5M2FNUZ: 8,
    BOOL: 8,
    I8: 8,
    U8: 8,
    I16: 16,
    U16: 16,
    I32: 32,
    U32: 32,
    I64: 64,
    U64: 64,
    C64: 64,
  };
  const all = Object.entries({ ...widths, ...more });
  const path = join(folder, "types.safetensors");
  await writeRaw(
    path,
    all.map(([dtype, bits]) => [dtype.toLowerCase(), { dtype, shape: [2, 4], bytes: bits }]),
  );
  const { tensors: read, others } = await readSafetensors(path);
  t.is(read.size, 0);
  t.deepEqual(
    [...others],
    all.map(([dtype]) => [dtype.toLowerCase(), dtype]),
  );
});

test("halves and bfloat16 have their values, and the bits of those that are no number, as in NumPy", async (t) => {
  // SHA-256 of every value there is, np.arange(65536, dtype="u2").view(…).astype("f4"); of BF16, 16 zero bits after each.
  for (const [dtype, expected] of [
    ["F16", "f4fdd084f85448d28c84f20fabf4022ba938e40b7f382d2727dec6f41ac6267a"],
    ["BF16", "9207d7eb28680a098c73dbe536d1ff7b94311dc417b9a385e0af6660683e93ca"],
  ] as const) {
    const path = join(folder, `${dtype}.safetensors`);
    const bytes = new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer);
    await writeRaw(path, [["a", { dtype, shape: [256, 256], bytes }]]);
    const data = (await readSafetensors(path)).tensors.get("a")?.data as Float32Array;
    t.is(createHash("sha256").update(data).digest("hex"), expected, dtype);
  }
});

test("a file has the bytes that it has always had", async (t) => {
  const path = join(folder, "golden.safetensors");
  const arrays = {
    "layer1.0.conv1.weight": { shape: [2, 3], data: Float32Array.from([1, -2, 0.5, 3, 4, 1e-3]) },
    scale: { shape: [], data: Float32Array.from([7]) },
    none: { shape: [3, 0], data: new Float32Array() },
    "10": { shape: [1], data: Float32Array.from([Number.NaN]) },
    "9": { shape: [1], data: Float32Array.from([-0]) },
    ["__proto__"]: { shape: [2], data: Float32Array.from([8, 9]) },
    'größe 🙂\n"': { shape: [1, 1, 2], data: Float32Array.from([Number.POSITIVE_INFINITY, 5]) },
  };
  const deferred = Object.entries(arrays).map(
    ([name, { shape, data }]) => [name, { shape, data: () => data }] as const,
  );
  for (const given of [new Map(Object.entries(arrays)), new Map(deferred)]) {
    const digest = await writeSafetensors(path, given, { step: "30", ü: '\\"' });
    t.is(digest, "9d7d50752d2a1b2564484a913fcde7395a3d7402212a3b6f77a4c497582fdbe5");
    const sha256 = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    // Of the file as it was written in one piece, which Python's safetensors reads.
    t.is(sha256, "effaeedc940afb2db8e181463a0831ee764c8abc345f15e3c3f0a3818fa4be47");
  }
});

test("arrays that are deferred are made one after the other, once", async (t) => {
  const made: string[] = [];
  const deferred = (name: string): [string, DeferredTensor] => [
    name,
    { shape: [2], data: () => Float32Array.of(1, made.push(name)) },
  ];
  const path = join(folder, "deferred.safetensors");
  await writeSafetensors(path, new Map(["c", "a", "b"].map(deferred)));
  t.deepEqual(made, ["a", "b", "c"]);
  t.deepEqual((await readSafetensors(path)).tensors.get("c")?.data, Float32Array.of(1, 3));
});

test("what cannot be written leaves the file that is there", async (t) => {
  const own = await mkdtemp(join(folder, "own-"));
  const path = join(own, "kept.safetensors");
  await writeSafetensors(path, tensors);
  const before = await readFile(path);
  const data = () => Float32Array.of(1);
  const one: [string, DeferredTensor] = ["a", { shape: [1], data }];
  const wrong: [string, DeferredTensor, object][] = [
    ["__metadata__", { shape: [1], data }, { code: "USAGE", message: /"__metadata__"/ }],
    ["w", { shape: [2, 3], data }, { code: "INTERNAL", message: /6 values of w, \[2, 3\], but received 1/ }],
    [
      "w",
      {
        shape: [1],
        data: () => {
          throw new Error("no memory");
        },
      },
      { message: "no memory" },
    ],
  ];
  for (const [name, array, expected] of wrong) {
    await t.throwsAsync(writeSafetensors(path, new Map([one, [name, array]])), expected);
    t.deepEqual(await readFile(path), before);
  }
  t.deepEqual(await readdir(own), ["kept.safetensors"]);
});

test("of a file of ours some arrays are read, and the others are named and still checked", async (t) => {
  const path = join(folder, "some.safetensors");
  const digest = await writeSafetensors(path, tensors, { step: "3" });
  const wanted = (name: string) => name === "b";
  const read = await readSafetensors(path, { wanted });
  t.deepEqual([[...read.tensors.keys()], read.digest, read.metadata], [["b"], digest, { step: "3" }]);
  t.deepEqual([...read.others].sort(), [
    ["__proto__", "F32"],
    ["a", "F32"],
    ["none", "F32"],
  ]);
  const bytes = await readFile(path);
  const at = bytes.length - 6 * 4 - 2; // within "a", before the six values of "b"
  bytes[at] = (bytes[at] as number) ^ 1;
  await writeFile(path, bytes);
  await t.throwsAsync(readSafetensors(path, { wanted }), { message: /have changed since they were written/ });
});

test("an array that is longer than JavaScript's can be is refused by name; not wanted, it does no harm", async (t) => {
  const path = join(folder, "long.safetensors");
  const count = 2 ** 32 + 1;
  await writeRaw(path, [["embedding", { dtype: "F16", shape: [count], bytes: 2 * count }]]);
  await t.throwsAsync(readSafetensors(path), {
    code: "DATA",
    message: /at most 4294967296 values in .*long\.safetensors but embedding has 4294967297/,
  });
  t.is((await readSafetensors(path, { wanted: () => false })).others.get("embedding"), "F16");
});
