import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import {
  checkWeights,
  describeMatch,
  exportWeights,
  getArchitecture,
  initialWeights,
  loadEncoder,
  matchExactly,
  matchForeign,
  type ParameterSpec,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from "../../src/nn/index.js";
import { constant } from "../../src/nn/initial.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { snapshot } from "../snapshot.js";

const root = mkdtempSync(join(tmpdir(), "sslmem-weights-"));
const at = (name: string) => join(root, name);
const RESNET9 = getArchitecture("resnet9");
const { parameters } = networkNamed("resnet9");
const check = (path: string) => checkWeights(RESNET9, 16, path);
const load = (path: string) => loadEncoder(RESNET9, path, { imageSize: 16 });
let arrays: Map<string, StoredTensor>;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  const weights = initialWeights(parameters, 7);
  arrays = snapshot(exportWeights(parameters, weights));
  for (const value of weights.values()) value.dispose();
});

type Arrays = ReadonlyMap<string, StoredTensor>;
const prefixed = (prefix: string, of: Arrays = arrays) =>
  new Map([...of].map(([name, value]) => [prefix + name, value]));
const extra = (...names: string[]) =>
  new Map(names.map((name) => [name, { shape: [2], data: Float32Array.of(1, 2) }]));
async function file(name: string, of: Arrays): Promise<string> {
  await writeSafetensors(at(name), of);
  return at(name);
}

for (const prefix of [
  "_orig_mod.",
  "module.",
  "module.encoder_q.",
  "backbone.",
  "encoder.",
  "model._orig_mod.backbone.",
  "online.",
]) {
  test.serial(`the prefix ${prefix} is taken off and said`, async (t) => {
    const path = await file("prefixed.safetensors", new Map([...prefixed(prefix), ...extra("fc.weight")]));
    const said = await check(path);
    t.is(said, `Weights of ${path}: taken without the prefix "${prefix}"; left out: fc.weight.`);
    (await load(path)).dispose();
  });
}

test.serial(
  "the encoder that a wrapper names is taken of several; two of equal rank are refused",
  async (t) => {
    const moco = new Map([...prefixed("module.encoder_q."), ...prefixed("module.encoder_k.")]);
    t.regex(
      (await check(await file("moco.safetensors", moco))) ?? "",
      /prefix "module.encoder_q."; left out: module.encoder_k/,
    );
    const two = await file("two.safetensors", new Map([...prefixed("student."), ...prefixed("teacher.")]));
    const error = await t.throwsAsync(check(two));
    t.like(error, { code: "DATA" });
    t.regex(error?.message ?? "", /there are several, under "student." and "teacher."/);
  },
);

test.serial("plain weights need no sentence; a projector is left out and said", async (t) => {
  t.is(await check(await file("plain.safetensors", arrays)), null);
  const all = new Map([...arrays, ...extra("projector.0.weight", "bn1.num_batches_tracked")]);
  t.regex((await check(await file("more.safetensors", all))) ?? "", /: left out: projector.0.weight\.$/);
});

test.serial("layers that the architecture does not have are another network, not left-overs", async (t) => {
  const [first] = [...arrays.keys()] as [string];
  const room = first.slice(0, first.indexOf("."));
  const deeper = new Map([...arrays, ...extra(`${room}.9.weight`)]);
  const error = await t.throwsAsync(check(await file("deeper.safetensors", deeper)));
  t.like(error, { code: "DATA" });
  t.regex(error?.message ?? "", new RegExp(`another network: ${room}.9.weight unknown`));
  const fewer = new Map([...arrays].filter(([name]) => name !== first));
  t.regex(
    (await t.throwsAsync(check(await file("fewer.safetensors", fewer))))?.message ?? "",
    new RegExp(`another network: ${first} missing`),
  );
  const bare = new Map([...arrays].filter(([name]) => !name.includes("running")));
  t.regex(
    (await t.throwsAsync(check(await file("bare.safetensors", bare))))?.message ?? "",
    /running statistics/,
  );
});

test.serial(
  "weights that are not finite, and negative variances, end with NUMERIC naming file and array",
  async (t) => {
    const changed = (name: string, change: (value: number, i: number) => number) =>
      new Map(
        [...arrays].map(([key, { shape, data }]) => [
          key,
          { shape, data: key === name ? data.map(change) : data },
        ]),
      );
    const filter = [...arrays.keys()].find((name) => /conv.*weight/.test(name)) as string;
    const variance = [...arrays.keys()].find((name) => name.endsWith("running_var")) as string;
    for (const [what, of, message] of [
      ["nan", changed(filter, (value, i) => (i === 3 ? Number.NaN : value)), `1 of the`],
      ["inf", changed(filter, () => Number.NEGATIVE_INFINITY), "NaN or infinite"],
      ["negative", changed(variance, (value) => -value), "values of at least 0"],
    ] as const) {
      const path = await file(`${what}.safetensors`, of);
      for (const read of [check, load]) {
        const error = await t.throwsAsync(read(path) as Promise<unknown>);
        t.like(error, { code: "NUMERIC" });
        t.true(
          error?.message.includes(path) && error.message.includes(what === "negative" ? variance : filter),
        );
        t.true(error?.message.includes(message), error?.message);
      }
    }
    // What is left out may be anything.
    const ignored = new Map([
      ...arrays,
      ["fc.weight", { shape: [1], data: Float32Array.of(Number.NaN) }] as const,
    ]);
    await t.notThrowsAsync(check(await file("ignored.safetensors", ignored)));
  },
);

const latin = (text: string) => Buffer.from(text, "latin1");
const FILES: [name: string, bytes: Buffer, what: RegExp, hint: RegExp][] = [
  [
    "f.pth",
    latin("PK\x03\x04\0\0\x08\x08\0\0f/data.pkl"),
    /is a PyTorch file/,
    /^python -c 'import torch; .*torch.load\(".*f.pth".*"f.safetensors"\)'$/,
  ],
  ["f.pth.tar", latin("PK\x03\x04\0\0\x08\x08\0\0archive/data.pkl"), /is a PyTorch file/, /"f.safetensors"/],
  [
    "old.bin",
    latin("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."),
    /is a PyTorch file \(pickle\)/,
    /torch.load/,
  ],
  ["x.npz", latin("PK\x03\x04\0\0\x08\x08\0\0conv1.weight.npy"), /is a NumPy archive/, /numpy.load/],
  ["x.zip", latin("PK\x03\x04\0\0\x08\x08\0\0README"), /is a ZIP archive/, /unzip/],
  [
    "lfs.safetensors",
    latin("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"),
    /is a Git LFS pointer/,
    /git lfs pull/,
  ],
  [
    "page.safetensors",
    latin("\n<!DOCTYPE html><html>404</html>"),
    /is a web page/,
    /download the file itself/,
  ],
  ["w.safetensors.gz", gzipSync("x"), /is a gzip file/, /gunzip/],
  ["empty.safetensors", Buffer.alloc(0), /is an empty file/, /get the file again/],
  ["net.onnx", latin("\x08\x07\x12\x07pytorch"), /is an ONNX file/, /state_dict/],
  ["nameless", latin("\x08\x07\x12\x07pytorch\x1a\x05"), /is an ONNX file/, /state_dict/],
  ["saved_model.pb", latin("\x08\x01\x12\xff\xff"), /is a file of TensorFlow/, /state_dict/],
  ["net.tflite", latin("\x1c\0\0\0TFL3"), /is a TensorFlow Lite file/, /state_dict/],
  ["keras.h5", latin("\x89HDF\r\n\x1a\n"), /is an HDF5 file/, /PyTorch/],
  [
    "model.safetensors.index.json",
    latin('{"metadata": {}, "weight_map": {}}'),
    /is the index of weights/,
    /one safetensors file/,
  ],
  [
    "noise.safetensors",
    latin("abcdefghijklmnop"),
    /is none: it begins with "abcdefghijkl"/,
    /get the file again/,
  ],
  ["five", latin("abcde"), /is cut short: it has 5 bytes/, /get the file again/],
  ["header", latin('\x10\0\0\0\0\0\0\0{"a": "not an e"'), /its header is damaged/, /get the file again/],
];

for (const [name, bytes, what, hint] of FILES) {
  test.serial(`${name}: ${what.source}`, async (t) => {
    writeFileSync(at(name), bytes);
    const error = await t.throwsAsync(readSafetensors(at(name)));
    t.like(error, { code: "DATA" });
    t.true(error?.message.includes(at(name)));
    t.regex(error?.message ?? "", what);
    t.regex((error as unknown as { hint: string }).hint, hint);
  });
}

test.serial("a folder, and a path that is not there", async (t) => {
  mkdirSync(at("folder"));
  t.regex((await t.throwsAsync(readSafetensors(at("folder"))))?.message ?? "", /is a folder/);
  t.regex((await t.throwsAsync(readSafetensors(at("nothing"))))?.message ?? "", /there is nothing at/);
});

/** A safetensors file of single arrays of zeros. */
function raw(entries: Record<string, { dtype: string; bytes: number; shape: number[] }>, pad = 0): Buffer {
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { dtype, bytes, shape }] of Object.entries(entries)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const text = Buffer.from(JSON.stringify(header).padEnd(pad));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(end)]);
}

test.serial("a file that is cut says how many bytes are missing", async (t) => {
  const whole = raw({ a: { dtype: "F32", bytes: 400, shape: [100] } });
  for (const missing of [1, 399, 420]) {
    writeFileSync(at("cut.safetensors"), whole.subarray(0, whole.length - missing));
    const error = await t.throwsAsync(readSafetensors(at("cut.safetensors")));
    t.like(error, { code: "DATA" });
    const [, short, needed] = /at least (\d+) of (\d+) bytes are missing/.exec(error?.message ?? "") ?? [];
    t.is(Number(short), Number(needed) - (whole.length - missing));
    if (missing < 400) t.is(Number(short), missing);
  }
});

test.serial("headers whose length looks like another format's mark are read", async (t) => {
  for (const length of [0x280, 0x380, 0x480, 0x580, 0x8b1f]) {
    writeFileSync(at("mark.safetensors"), raw({ a: { dtype: "F32", bytes: 4, shape: [1] } }, length));
    t.deepEqual((await readSafetensors(at("mark.safetensors"))).tensors.get("a")?.shape, [1]);
  }
});

test.serial("formats that are not read are named where the array is needed, and only there", async (t) => {
  const entries = Object.fromEntries(
    [...arrays].map(([name, { shape, data }], i) => [
      name,
      i === 0
        ? { dtype: "F8_E4M3", bytes: data.length, shape }
        : { dtype: "F32", bytes: 4 * data.length, shape },
    ]),
  );
  writeFileSync(at("fp8.safetensors"), raw(entries));
  const error = await t.throwsAsync(check(at("fp8.safetensors")));
  t.like(error, { code: "DATA" });
  t.regex(error?.message ?? "", new RegExp(`for ${[...arrays.keys()][0]} in .* but it is F8_E4M3`));
  const plain = Object.fromEntries(
    [...arrays].map(([name, { shape, data }]) => [name, { dtype: "F32", bytes: 4 * data.length, shape }]),
  );
  writeFileSync(
    at("ints.safetensors"),
    raw({ ...plain, "fc.mask": { dtype: "BOOL", bytes: 3, shape: [3] } }),
  );
  t.regex((await check(at("ints.safetensors"))) ?? "", /left out: fc.mask/);
});

/** An array of one value for each cell of a square grid, stored [1, cells, 1]; of another grid it takes the nearest cells. */
const gridSpec: ParameterSpec = {
  name: "position",
  shape: [1, 16, 1],
  layout: "same",
  initial: constant(0),
  isLearned: true,
  isDecayed: false,
  fit({ shape, data }, wanted) {
    const [from, to] = [Math.sqrt(shape[1] as number), Math.sqrt(wanted[1] as number)];
    if (!Number.isInteger(from)) return { shape, data };
    const cell = (i: number) =>
      Math.floor((Math.floor(i / to) * from) / to) * from + Math.floor(((i % to) * from) / to);
    return {
      shape: [...wanted],
      data: Float32Array.from({ length: to * to }, (_, i) => data[cell(i)] as number),
    };
  },
};

test.serial(
  "an array of another shape is fitted where its specification says how, and only in files from elsewhere",
  (t) => {
    const stored = (cells: number) => ({
      tensors: new Map([
        ["model.position", { shape: [1, cells, 1], data: Float32Array.from({ length: cells }, (_, i) => i) }],
      ]),
      others: new Map<string, string>(),
    });
    const { fit: _, ...rigid } = gridSpec;
    const fitted = matchForeign([gridSpec], stored(4), "x", "grid");
    t.deepEqual(fitted.fitted, ["position"]);
    t.deepEqual(
      [...(fitted.tensors.get("position")?.data ?? [])],
      [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3],
    );
    t.is(
      describeMatch(fitted, "x"),
      'Weights of x: taken without the prefix "model."; fitted to the image size: position.',
    );
    const same = matchForeign([gridSpec], stored(16), "x", "grid");
    t.deepEqual([same.fitted, same.tensors.get("position")?.data[5]], [[], 5]);
    const wrong = {
      code: "DATA",
      message: /Expected shape \[1, 16, 1\] for position in x \(grid\) but received \[1, [48], 1\]/,
    };
    t.throws(() => matchForeign([rigid], stored(4), "x", "grid"), wrong);
    t.throws(() => matchForeign([gridSpec], stored(8), "x", "grid"), wrong, "what fit gives is checked, too");
    const own = new Map([["position", { shape: [1, 4, 1], data: new Float32Array(4) }]]);
    t.throws(() => matchExactly([gridSpec], own, "x", "grid"), wrong);
  },
);
