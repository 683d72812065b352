import { createWriteStream, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import test from "ava";
import sharp from "sharp";
import { pack as tarPack } from "tar-stream";
import { buildManifest, openSource } from "../../src/data/index.js";
import { temporaryDirectory } from "../train/helpers.js";

/** A picture whose four quarters tell its orientation apart. */
async function quarters(
  format: "jpeg" | "png" | "webp",
  options: { orientation?: number } = {},
): Promise<Buffer> {
  const side = (colour: string) => ({
    create: { width: 8, height: 8, channels: 3 as const, background: colour },
  });
  const at = (left: number, top: number, colour: string) => ({ input: side(colour), left, top });
  const image = sharp({ create: { width: 24, height: 16, channels: 3, background: "#000" } }).composite([
    at(0, 0, "#f00"),
    at(16, 0, "#0f0"),
    at(0, 8, "#00f"),
  ]);
  const png = await image.png().toBuffer();
  const tagged = options.orientation
    ? sharp(png).withMetadata({ orientation: options.orientation })
    : sharp(png);
  return tagged.toFormat(format, { quality: 100 }).toBuffer();
}

async function only(directory: string) {
  const source = await openSource(directory);
  const [entry] = await source.entries();
  return source.read(entry as NonNullable<typeof entry>);
}

function folderWith(files: Record<string, Buffer | string>): string {
  const root = temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return root;
}

test("images are taken as they are stored, whatever their EXIF says", async (t) => {
  const image = await only(folderWith({ "a.jpg": await quarters("jpeg", { orientation: 6 }) }));
  t.deepEqual([image.width, image.height], [24, 16]);
  const corner = image.pixels.subarray(0, 3); // top left: red
  t.true(
    (corner[0] as number) > 200 && (corner[1] as number) < 60 && (corner[2] as number) < 60,
    `${corner}`,
  );
});

test("greyscale, palette, 16-bit, alpha and CMYK become RGB", async (t) => {
  const base = sharp(await quarters("png"));
  const rgba = await sharp({
    create: { width: 9, height: 7, channels: 4, background: { r: 10, g: 200, b: 30, alpha: 0.25 } },
  })
    .png()
    .toBuffer();
  const variants: [string, Buffer][] = [
    ["grey.png", await base.clone().greyscale().png().toBuffer()],
    ["palette.png", await base.clone().png({ palette: true }).toBuffer()],
    ["deep.png", await base.clone().toColourspace("rgb16").png().toBuffer()],
    ["cmyk.jpg", await base.clone().toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer()],
    ["alpha.png", rgba],
  ];
  for (const [name, bytes] of variants) {
    const { width, height, pixels } = await only(folderWith({ [name]: bytes }));
    t.is(pixels.length, width * height * 3, name);
    const first = [...pixels.subarray(0, 3)];
    if (name === "grey.png") t.is(new Set(first).size, 1, name);
    else if (name === "alpha.png") t.deepEqual(first, [10, 200, 30], "alpha is dropped, not blended");
    else
      t.true(
        (first[0] as number) > 200 && (first[1] as number) < 70 && (first[2] as number) < 70,
        `${name}: ${first}`,
      );
  }
});

test("corrupt, truncated and empty files are skipped and named; strict stops", async (t) => {
  const jpeg = await quarters("jpeg");
  const root = folderWith({
    "1.jpg": jpeg,
    "2.jpg": Buffer.alloc(0),
    "3.jpg": "not an image",
    "4.jpg": jpeg.subarray(0, jpeg.length >> 1),
    "5.webp": await quarters("webp"),
    "notes.txt": "x",
    ".hidden.jpg": jpeg,
  });
  const manifest = await buildManifest(await openSource(root));
  t.deepEqual(
    manifest.entries.map(({ id }) => id),
    ["1.jpg", "5.webp"],
  );
  t.deepEqual(
    manifest.facts.skipped.map(({ id }) => id),
    ["2.jpg", "3.jpg", "4.jpg"],
  );
  t.true(manifest.facts.skipped.every(({ reason }) => reason.length > 5));
  const stopped = await t.throwsAsync(buildManifest(await openSource(root), { strict: true }));
  t.like(stopped, { code: "DATA" });
  t.regex(stopped?.message ?? "", /2\.jpg/);
});

test("class folders give labels, train and test parts; order is natural", async (t) => {
  const png = await quarters("png");
  const root = folderWith({
    "train/cat/10.png": png,
    "train/cat/9.png": png,
    "train/dog/1.png": png,
    "test/dog/1.png": png,
  });
  const source = await openSource(root);
  const entries = await source.entries();
  t.deepEqual(
    entries.map(({ id, label, part }) => [id, label, part]),
    [
      ["test/dog/1.png", 1, "test"],
      ["train/cat/9.png", 0, "train"],
      ["train/cat/10.png", 0, "train"],
      ["train/dog/1.png", 1, "train"],
    ],
  );
  t.deepEqual(source.labelNames, ["cat", "dog"]);
  t.is((await openSource(folderWith({ "a.png": png, "b.png": png }))).labelNames, null);
});

async function writeTar(path: string, files: [string, Buffer | string][]): Promise<void> {
  const stream = tarPack();
  for (const [name, content] of files) stream.entry({ name }, content);
  stream.finalize();
  await finished(stream.pipe(createWriteStream(path)));
}

test("tar shards are read in place: long names, class sidecars, damage", async (t) => {
  const root = temporaryDirectory();
  const png = await quarters("png");
  const long = `${"deep/".repeat(40)}picture.png`;
  await writeTar(join(root, "b-1.tar"), [
    ["0.png", png],
    ["0.cls", "3"],
    [long, png],
    [long.replace(".png", ".json"), '{"label": 1}'],
  ]);
  await writeTar(join(root, "b-0.tar"), [
    ["7.png", png],
    ["7.cls", "2"],
  ]);
  const source = await openSource(root);
  t.is(source.kind, "tar");
  const entries = await source.entries();
  t.deepEqual(
    entries.map(({ id, label }) => [id, label]),
    [
      ["b-0.tar/7.png", 2],
      ["b-1.tar/0.png", 3],
      [`b-1.tar/${long}`, 1],
    ],
  );
  for (const entry of entries) t.is((await source.read(entry)).width, 24);
  await source.close();
  truncateSync(join(root, "b-1.tar"), 1000);
  t.like(await t.throwsAsync((await openSource(root)).entries()), { code: "DATA" });
  writeFileSync(join(root, "b-1.tar"), Buffer.alloc(2048, 7));
  t.like(await t.throwsAsync((await openSource(root)).entries()), { code: "DATA" });
});

test("CIFAR-10 binary: planes, labels, test part; a file of another length is refused", async (t) => {
  const record = (label: number) =>
    Buffer.concat([
      Buffer.from([label]),
      Buffer.alloc(1024, 10),
      Buffer.alloc(1024, 20),
      Buffer.alloc(1024, 30),
    ]);
  const root = folderWith({
    "data_batch_1.bin": Buffer.concat([record(3), record(9)]),
    "test_batch.bin": record(1),
  });
  const source = await openSource(root);
  const entries = await source.entries();
  t.deepEqual(
    entries.map(({ id, label, part }) => [id, label, part]),
    [
      ["data_batch_1.bin#0", 3, "train"],
      ["data_batch_1.bin#1", 9, "train"],
      ["test_batch.bin#0", 1, "test"],
    ],
  );
  t.deepEqual(
    [...(await source.read(entries[1] as (typeof entries)[0])).pixels.subarray(0, 6)],
    [10, 20, 30, 10, 20, 30],
  );
  t.like(await t.throwsAsync(openSource(folderWith({ "data_batch_1.bin": Buffer.alloc(100) }))), {
    code: "DATA",
  });
});

test("IDX, gzip or not; too few labels are refused", async (t) => {
  const images = Buffer.alloc(16 + 2 * 6);
  for (const [i, value] of [0x803, 2, 2, 3].entries()) images.writeUInt32BE(value, 4 * i);
  for (let i = 0; i < 12; i++) images[16 + i] = i;
  const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 4, 7]);
  const root = folderWith({
    "train-images-idx3-ubyte.gz": gzipSync(images),
    "train-labels-idx1-ubyte": labels,
  });
  const source = await openSource(root);
  const entries = await source.entries();
  t.deepEqual(
    entries.map(({ label }) => label),
    [4, 7],
  );
  const image = await source.read(entries[1] as (typeof entries)[0]);
  t.deepEqual([image.width, image.height, ...image.pixels.subarray(0, 6)], [3, 2, 6, 6, 6, 7, 7, 7]);
  const short = folderWith({
    "train-images-idx3-ubyte": images,
    "train-labels-idx1-ubyte": labels.subarray(0, 9),
  });
  t.like(await t.throwsAsync(openSource(short)), { code: "DATA" });
});

test("STL-10: columns first, labels from 1", async (t) => {
  const planes = Buffer.alloc(96 * 96 * 3);
  planes[1] = 77; // second value of the first column: row 1, column 0
  const source = await openSource(folderWith({ "train_X.bin": planes, "train_y.bin": Buffer.from([10]) }));
  const [entry] = await source.entries();
  t.is(entry?.label, 9);
  t.is((await source.read(entry as NonNullable<typeof entry>)).pixels[96 * 3], 77);
});

test("nothing there, nothing in it, an unknown kind: one clear error each", async (t) => {
  t.like(await t.throwsAsync(openSource("/nowhere/at/all")), { code: "DATA" });
  t.like(await t.throwsAsync((await openSource(temporaryDirectory())).entries()), { code: "DATA" });
  t.like(await t.throwsAsync(openSource(temporaryDirectory(), "zip")), { code: "USAGE" });
  t.like(await t.throwsAsync(openSource("synthetic:colour=3")), { code: "USAGE" });
});
