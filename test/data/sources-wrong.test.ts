// The wrong thing as data: each is called by its name, with the command that makes it right. The commands are run.
import { execFileSync, execSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test from "ava";
import { openSource } from "../../src/data/index.js";
import type { SslMemError } from "../../src/errors.js";
import { folderOf, folderWith, idsOf, listOf, PNG, tarOf } from "./inputs.js";

const TAR = tarOf([
  ["cat/1.png", PNG],
  ["dog/1.png", PNG],
]);

async function refusal(t: { throwsAsync: (p: Promise<unknown>) => Promise<unknown> }, data: string) {
  const { code, message, hint } = (await t.throwsAsync(listOf(data))) as SslMemError;
  return { code, message, hint: hint ?? "" };
}

for (const [name, expected] of [
  ["packed.tar.gz", "packed.tar"],
  ["packed.tgz", "packed.tar"],
  ["named.tar", "named.tar"],
] as const) {
  test(`gzip data named ${name}: the command gives a tar file that is read`, async (t) => {
    const root = folderWith({ [name]: gzipSync(TAR) });
    const { code, message, hint } = await refusal(t, join(root, name));
    t.is(code, "DATA");
    t.regex(message, /is a gzip file/);
    execSync(hint);
    t.is((await listOf(join(root, expected))).images.count, 2);
  });
}

test("a folder of .tar.gz shards: the loop unpacks all", async (t) => {
  const root = folderWith({ "it's/0.tar.gz": gzipSync(TAR), "it's/1.tar.gz": gzipSync(TAR) });
  const plain = folderWith({ "0.tar.gz": gzipSync(TAR), "1.tar.gz": gzipSync(TAR) });
  execSync((await refusal(t, plain)).hint);
  t.is((await listOf(plain)).images.count, 4);
  execSync((await refusal(t, join(root, "it's"))).hint, { shell: "/bin/bash" });
  t.is((await listOf(join(root, "it's"))).images.count, 4);
});

test("a tar of tars, as ILSVRC2012_img_train.tar is: the commands make class folders", async (t) => {
  const inner = tarOf([["1.png", PNG]]);
  const root = folderWith({
    "img.tar": tarOf([
      ["n01.tar", inner],
      ["n02.tar", inner],
    ]),
  });
  const { message, hint } = await refusal(t, join(root, "img.tar"));
  t.regex(message, /holds tar files \(n01\.tar\)/);
  execSync(hint, { shell: "/bin/bash" });
  const listing = await listOf(join(root, "img"));
  t.deepEqual(listing.labelNames, ["n01", "n02"]);
});

for (const [what, begin, name] of [
  ["a ZIP archive", "PK\x03\x04", "a.zip"],
  ["a 7z archive", "7z\xbc\xaf\x27\x1c", "a.7z"],
  ["a RAR archive", "Rar!\x1a\x07", "a.rar"],
  ["a Zstandard file", "\x28\xb5\x2f\xfd", "a.tar.zst"],
  ["an xz file", "\xfd7zXZ\0", "a.tar.xz"],
  ["a bzip2 file", "BZh9", "a.tar.bz2"],
  ["a NumPy array", "\x93NUMPY", "a.npy"],
  ["a Parquet table", "PAR1", "train.parquet"],
  ["an Arrow table", "ARROW1", "data.arrow"],
  ["an HDF5 file", "\x89HDF\r\n\x1a\n", "a.h5"],
  ["a TFRecord file", "\x10\0\0\0", "train.tfrecord-00000-of-00010"],
  ["an LMDB database", "\0\0\0\0", "data.mdb"],
  ["a web page", "<!DOCTYPE html><html>", "cifar.tar"],
  ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "shard.tar"],
] as const) {
  test(`${name} is called ${what}, as a file and in a folder, with what to type`, async (t) => {
    const root = folderWith({ [name]: Buffer.from(begin.padEnd(600, " "), "latin1"), "README.md": "x" });
    for (const data of [join(root, name), root]) {
      const { code, message, hint } = await refusal(t, data);
      t.is(code, "DATA");
      t.true(message.includes(what), message);
      t.true(hint.length > 5, data);
    }
  });
}

test("a line of Python is given paths that a shell would take apart as they are", async (t) => {
  const root = folderWith({ "it's $HOME.npy": Buffer.from("\x93NUMPY", "latin1") });
  const path = join(root, "it's $HOME.npy");
  const { hint } = await refusal(t, path);
  const words = execSync(hint.replace("python3", "printf '%s\\n'"), { shell: "/bin/bash", encoding: "utf8" });
  t.deepEqual(words.trimEnd().split("\n").slice(2), [path, path.slice(0, -".npy".length)]);
});

test("a folder of Git LFS pointers under the names of images", async (t) => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 46830571\n";
  const { message, hint } = await refusal(t, folderWith({ "a/1.png": pointer, "b/2.png": pointer }));
  t.regex(message, /a\/1\.png is a Git LFS pointer/);
  t.regex(hint, /git lfs pull/);
});

test("a single image, a run, a pipe, nothing at all", async (t) => {
  const root = folderOf(["1.png"], { "run/config.json": '{"schema": "sslmem/config@1"}' });
  t.regex((await refusal(t, join(root, "1.png"))).hint, /the folder that it is in/);
  t.regex((await refusal(t, join(root, "run"))).message, /is a run of sslmem/);
  execFileSync("mkfifo", [join(root, "pipe")]);
  t.regex((await refusal(t, join(root, "pipe"))).message, /is a pipe/);
  t.regex((await refusal(t, join(root, "none"))).message, /nothing at/);
  t.like(await t.throwsAsync(listOf("synthetic:colour=3")), { code: "USAGE" });
  t.like(await t.throwsAsync(listOf(root, "zip")), { code: "USAGE" });
});

test("a kind that the data cannot be is refused", async (t) => {
  const root = folderWith({ "a.tar": TAR });
  for (const [data, kind] of [
    [join(root, "a.tar"), "folder"],
    [join(root, "a.tar"), "cifar"],
    [root, "synthetic"],
    ["synthetic:count=9", "tar"],
  ] as const)
    t.like(await t.throwsAsync(listOf(data, kind)), { code: "USAGE" });
  for (const kind of ["cifar", "idx", "stl10", "folder"])
    t.like(await t.throwsAsync(listOf(root, kind)), { code: "DATA" });
});

test("a folder without images says what there is instead", async (t) => {
  t.regex((await refusal(t, folderWith({}))).message, /but found none\.$/);
  const texts = await refusal(t, folderWith({ "a.txt": "x", "b/c.csv": "x" }));
  t.regex(texts.message, /files whose names are not those of images \(\.csv, \.txt\): 2, first a\.txt/);
  const heic = await refusal(t, folderWith({ "x/1.heic": "x", "x/2.BMP": "x" }));
  t.regex(heic.message, /the 2 images there are of kinds that are not \(\.bmp, \.heic\), first x\/1\.heic/);
  t.regex(heic.hint, /mogrify -format png/);
});

test("CIFAR-10's Python version: the line writes the binary version", async (t) => {
  const root = folderWith({
    data_batch_1: Buffer.from("\x80\x04x", "latin1"),
    test_batch: Buffer.from("\x80\x04x", "latin1"),
  });
  const { message, hint } = await refusal(t, root);
  t.regex(message, /data_batch_1 is a Python pickle/);
  t.regex(hint, /^cd \S+ && python3 -c /);
  const above = await refusal(t, folderWith({ "below/data_batch_1": Buffer.from("\x80\x04x", "latin1") }));
  t.regex(above.hint, /^cd \S+\/below && python3 -c /);
  const python = process.env.SSLMEM_PEER_PYTHON ?? "python3";
  if (spawnSync(python, ["-c", "import numpy"]).status !== 0) return;
  rmSync(join(root, "test_batch"));
  const script = `import pickle,numpy as np;pickle.dump({b'data':np.full((2,3072),7,np.uint8),b'labels':[3,5]},open('${root}/data_batch_1','wb'))`;
  execFileSync(python, ["-c", script]);
  execSync(hint.replace("python3", python));
  t.deepEqual(
    [...(await listOf(root)).images].map(({ label }) => label),
    [3, 5],
  );
});

test("a file that a tar command made under another name is read", async (t) => {
  const root = folderWith({ data: TAR });
  t.deepEqual(idsOf(await listOf(join(root, "data"))), ["data/cat/1.png", "data/dog/1.png"]);
  copyFileSync(join(root, "data"), join(root, "x.TAR"));
  t.is((await listOf(join(root, "x.TAR"))).images.count, 2);
  writeFileSync(join(root, "y.bin"), readFileSync(join(root, "data")).subarray(700));
  t.regex((await refusal(t, join(root, "y.bin"))).message, /y\.bin is /);
});

test("data without an image are told in one way, whatever kind they are of", async (t) => {
  const header = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer).swap32();
  const cases: Record<string, Record<string, Buffer>> = {
    folder: {},
    tar: { "a.tar": Buffer.alloc(10240) },
    "empty tar": { "a.tar": Buffer.alloc(0) },
    cifar: { "data_batch_1.bin": Buffer.alloc(0) },
    idx: { "train-images-idx3-ubyte": header(0x803, 0, 28, 28), "train-labels-idx1-ubyte": header(0x801, 0) },
    stl10: { "train_X.bin": Buffer.alloc(0) },
    texts: { "readme.txt": Buffer.from("no image") },
  };
  for (const [name, files] of Object.entries(cases)) {
    const root = mkdtempSync(join(tmpdir(), "sslmem-empty-"));
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(root, file), bytes);
    const error = await t.throwsAsync(async () => (await openSource(root)).list(), { code: "DATA" }, name);
    t.regex(error?.message ?? "", /^Expected images in \S+ but found none(: .+)?\.$/, name);
    for (const kind of ["tar", "cifar", "idx", "stl10", "folder"]) {
      if (name !== "folder") continue;
      const asked = await t.throwsAsync(async () => (await openSource(root, kind)).list(), { code: "DATA" });
      t.regex(asked?.message ?? "", /^Expected images in \S+ but found none(: .+)?\.$/, kind);
    }
  }
});
