// Raw data sets: CIFAR, IDX and STL-10, how they are found, what is read, and what is refused.
import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test from "ava";
import { openSource } from "../../src/data/sources/index.js";
import { folderWith, idsOf, leftOutOf, listOf, PNG, rowsOf } from "./inputs.js";

const record = (...labels: number[]) =>
  Buffer.concat([
    Buffer.from(labels),
    Buffer.alloc(1024, 10),
    Buffer.alloc(1024, 20),
    Buffer.alloc(1024, 30),
  ]);

/** An IDX file: type and sizes, then values. */
function idxOf(type: number, sizes: number[], values: Buffer): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt16BE((type << 8) | sizes.length, 2);
  for (const [i, size] of sizes.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([header, values]);
}
const IMAGES = idxOf(8, [2, 2, 3], Buffer.from(Array.from({ length: 12 }, (_, i) => i)));
const LABELS = idxOf(8, [2], Buffer.from([4, 7]));

async function firstPixels(data: string, row: number, count: number): Promise<number[]> {
  const source = await openSource(data);
  const { images } = await source.list();
  const entry = images.at(row);
  const bytes = await source.bytes(entry);
  const { pixels } = await source.decode(bytes, entry);
  await source.close();
  return [...pixels.subarray(0, count)];
}

test("CIFAR-10: planes, labels, test part; in a folder of its own name, too", async (t) => {
  const files = { "data_batch_1.bin": Buffer.concat([record(3), record(9)]), "test_batch.bin": record(1) };
  const listing = await listOf(folderWith(files));
  t.deepEqual(rowsOf(listing), [
    ["data_batch_1.bin#0", 3, "train"],
    ["data_batch_1.bin#1", 9, "train"],
    ["test_batch.bin#0", 1, "test"],
  ]);
  t.deepEqual(await firstPixels(folderWith(files), 1, 6), [10, 20, 30, 10, 20, 30]);
  const below = Object.fromEntries(
    Object.entries(files).map(([name, b]) => [`cifar-10-batches-bin/${name}`, b]),
  );
  const parent = await listOf(folderWith(below));
  t.is(parent.images.id(0), "cifar-10-batches-bin/data_batch_1.bin#0");
  t.regex(parent.taken.why, /its folder cifar-10-batches-bin holds/);
  t.deepEqual(await firstPixels(folderWith(below), 2, 3), [10, 20, 30]);
});

test("CIFAR-100: the fine labels; names out of the file beside", async (t) => {
  const names = Array.from({ length: 100 }, (_, i) => `n${i}`).join("\n");
  const root = folderWith({
    "train.bin": record(19, 99),
    "test.bin": record(1, 0),
    "fine_label_names.txt": names,
  });
  const listing = await listOf(root);
  t.deepEqual(
    rowsOf(listing).map(([, label]) => label),
    [0, 99],
  );
  t.is(listing.labelNames?.[99], "n99");
});

test("CIFAR: lengths and labels that do not fit are refused, with the file", async (t) => {
  const cut = folderWith({ "data_batch_1.bin": record(1), "data_batch_2.bin": record(1).subarray(1) });
  const error = await t.throwsAsync(listOf(cut));
  t.like(error, { code: "DATA" });
  t.regex(error.message, /multiple of 3073 bytes .*data_batch_2\.bin but it has 3072/);
  const high = folderWith({ "data_batch_1.bin": Buffer.concat([record(9), record(10)]) });
  t.regex((await t.throwsAsync(listOf(high))).message, /below 10 in .*data_batch_1\.bin but record 1 has 10/);
  const few = folderWith({ "data_batch_1.bin": record(2), "batches.meta.txt": "a\nb\n\n" });
  t.regex((await t.throwsAsync(listOf(few))).message, /below 2 \(the names in batches\.meta\.txt\)/);
});

test("raw files beside images: --source-kind decides", async (t) => {
  const root = folderWith({ "data_batch_1.bin": record(3), "x/1.png": PNG });
  const error = await t.throwsAsync(listOf(root));
  t.like(error, { code: "USAGE" });
  t.regex(error.message, /as cifar or as folder/);
  t.deepEqual(idsOf(await listOf(root, "cifar")), ["data_batch_1.bin#0"]);
  t.deepEqual(idsOf(await listOf(root, "folder")), ["x/1.png"]);
});

test("several raw data sets in one folder: which one is to be said", async (t) => {
  const root = folderWith({
    "cifar-10-batches-bin/data_batch_1.bin": record(3),
    "MNIST/raw/train-images-idx3-ubyte": IMAGES,
  });
  t.like(await t.throwsAsync(listOf(root)), { code: "USAGE" });
  const two = folderWith({
    "MNIST/raw/train-images-idx3-ubyte": IMAGES,
    "KMNIST/raw/train-images-idx3-ubyte": IMAGES,
  });
  t.regex((await t.throwsAsync(listOf(two))).message, /several: MNIST\/raw, KMNIST\/raw/);
  const emnist = folderWith({
    "emnist-letters-train-images-idx3-ubyte": IMAGES,
    "emnist-digits-train-images-idx3-ubyte": IMAGES,
  });
  t.regex((await t.throwsAsync(listOf(emnist))).message, /those of 2: emnist-digits, emnist-letters/);
});

test("IDX, gzip or not, by any of its names", async (t) => {
  const root = folderWith({
    "train-images-idx3-ubyte.gz": gzipSync(IMAGES),
    "train-labels-idx1-ubyte": LABELS,
  });
  const listing = await listOf(root);
  t.deepEqual(
    rowsOf(listing).map(([, label]) => label),
    [4, 7],
  );
  t.deepEqual(await firstPixels(root, 1, 6), [6, 6, 6, 7, 7, 7]);
  const packed = folderWith({
    "train-images-idx3-ubyte": gzipSync(IMAGES),
    "train-labels-idx1-ubyte": gzipSync(LABELS),
  });
  t.deepEqual(await firstPixels(packed, 1, 3), [6, 6, 6]);
  t.regex((await listOf(packed)).taken.notes.join(), /gzip data under the names of unpacked/);
  const dotted = folderWith({ "raw/t10k-images.idx3-ubyte": IMAGES, "raw/train-images.idx3-ubyte": IMAGES });
  t.deepEqual((await listOf(dotted)).taken.parts.test, { images: 2, from: ["raw/t10k-images.idx3-ubyte"] });
});

test("IDX: of x and x.gz one is read, and it is said which", async (t) => {
  const listing = await listOf(
    folderWith({
      "train-images-idx3-ubyte": IMAGES,
      "train-images-idx3-ubyte.gz": gzipSync(IMAGES),
      "train-labels-idx1-ubyte": LABELS,
      "train-labels-idx1-ubyte.gz": gzipSync(LABELS),
    }),
  );
  t.deepEqual(idsOf(listing), ["train-images-idx3-ubyte#0", "train-images-idx3-ubyte#1"]);
  t.regex(listing.taken.notes.join(), /not train-images-idx3-ubyte\.gz, train-labels-idx1-ubyte\.gz/);
  t.deepEqual(leftOutOf(listing), []);
});

test("IDX: damage, other types and labels that do not belong are refused with the file's name", async (t) => {
  const gz = gzipSync(IMAGES);
  const refused = async (files: Record<string, Buffer>, message: RegExp) => {
    const error = await t.throwsAsync(listOf(folderWith(files)));
    t.like(error, { code: "DATA" });
    t.regex(error.message, message);
  };
  const images = "train-images-idx3-ubyte";
  await refused({ [`${images}.gz`]: gz.subarray(0, -12) }, /gzip file at .*ubyte\.gz but it is cut short/);
  await refused({ [images]: IMAGES.subarray(0, -1) }, /28 bytes for 2 × 2 × 3 values in .* but it has 27/);
  await refused({ [images]: idxOf(13, [2, 2, 3], Buffer.alloc(48)) }, /holds float32 of 3 dimensions/);
  await refused(
    { [images]: idxOf(8, [2, 2, 3, 3], Buffer.alloc(36)) },
    /uint8 of 4 dimensions \(2 × 2 × 3 × 3\)/,
  );
  await refused({ [images]: Buffer.alloc(40, 9) }, /header is another/);
  const labels = "train-labels-idx1-ubyte";
  await refused(
    { [images]: IMAGES, [labels]: idxOf(8, [1], Buffer.from([1])) },
    /2 labels, one for each image .* but it has 1/,
  );
  await refused(
    { [images]: IMAGES, [labels]: LABELS.subarray(0, 9) },
    /10 bytes for 2 values in .* but it has 9/,
  );
  await refused(
    { [images]: IMAGES, [labels]: idxOf(12, [2], Buffer.alloc(8)) },
    /holds int32 of 1 dimensions/,
  );
});

test("STL-10: columns first, labels from 1; unlabelled images are left out, which is said", async (t) => {
  const planes = Buffer.alloc(96 * 96 * 3);
  planes[1] = 77; // second value of the first column: row 1, column 0
  const root = folderWith({
    "train_X.bin": planes,
    "train_y.bin": Buffer.from([10]),
    "unlabeled_X.bin": Buffer.concat([planes, planes]),
  });
  const listing = await listOf(root);
  t.is(listing.images.label(0), 9);
  t.is((await firstPixels(root, 0, 96 * 3 + 1))[96 * 3], 77);
  t.deepEqual(leftOutOf(listing), ["the file of its 2 unlabelled images: 1, unlabeled_X.bin"]);
  writeFileSync(join(root, "train_y.bin"), Buffer.from([0]));
  t.regex((await t.throwsAsync(listOf(root))).message, /labels in \[1, 10\] .* but label 0 is 0/);
  appendFileSync(join(root, "train_y.bin"), "x");
  t.regex((await t.throwsAsync(listOf(root))).message, /1 labels, one for each image.* but it has 2/);
  truncateSync(join(root, "train_X.bin"), 100);
  t.regex((await t.throwsAsync(listOf(root))).message, /multiple of 27648 bytes/);
});

test("synthetic data sets list without drawing", async (t) => {
  const listing = await listOf("synthetic:count=50,test=5,size=16,outliers=0.5");
  t.is(listing.images.count, 55);
  t.is(listing.taken.parts.test.images, 5);
  t.true((listing.outlierIds?.length ?? 0) > 5);
  t.is(listing.stamps, null);
  t.is((await firstPixels("synthetic:count=50,size=16", 3, 3)).length, 3);
});
