// Files that cannot be read as images: passed over with a reason, or the end with --strict.
import { join } from "node:path";
import test from "ava";
import sharp from "sharp";
import { buildManifest } from "../../src/data/build.js";
import { openSource } from "../../src/data/sources/index.js";
import { describeTaken, takenSchema } from "../../src/data/taken.js";
import { folderOf, folderWith, listOf, PNG, tarOf } from "./inputs.js";

test("corrupt, truncated and empty files are skipped and named; strict stops", async (t) => {
  const grey = sharp({ create: { width: 24, height: 16, channels: 3, background: "#456" } });
  const jpeg = await grey.jpeg().toBuffer();
  const files: [string, Buffer | string][] = [
    ["1.jpg", jpeg],
    ["2.jpg", Buffer.alloc(0)],
    ["3.jpg", "not an image"],
    ["4.jpg", jpeg.subarray(0, jpeg.length >> 1)],
    ["5.webp", await grey.webp().toBuffer()],
  ];
  const tar = join(folderWith({ "a.tar": tarOf(files) }), "a.tar");
  for (const data of [folderWith(Object.fromEntries(files)), tar]) {
    const manifest = await buildManifest(await openSource(data));
    const skipped = manifest.facts.skipped.map(({ id }) => id.replace("a.tar/", ""));
    t.deepEqual(skipped, ["2.jpg", "3.jpg", "4.jpg"]);
    t.true(manifest.facts.skipped.every(({ reason }) => reason.length > 5));
    const stopped = await t.throwsAsync(buildManifest(await openSource(data), { strict: true }));
    t.like(stopped, { code: "DATA" });
    t.regex(stopped.message, /2\.jpg/);
  }
});

test("what was taken is said in a few lines, and fits its schema", async (t) => {
  const root = folderOf(["train/cat/1.png", "train/dog/1.png", "train/2.png", "val/cat/1.png"], {
    "train/no\ntes.txt": "x",
  });
  const { taken, labelNames } = await listOf(root);
  t.deepEqual(takenSchema.parse(JSON.parse(JSON.stringify(taken))), taken);
  t.deepEqual(describeTaken(taken, { data: "./photos", labelNames }), [
    "Data: ./photos as folder, because it is a folder with images in it: 4 images of 2 classes (cat, dog), 3 for training (train) and 1 for testing (val).",
    "Without a label: 1 image.",
    "Left out: files whose names are not those of images (.txt): 1, first train/no\\ntes.txt.",
  ]);
  const flat = await listOf(folderOf(["1.png", "2.png"]));
  t.deepEqual(describeTaken(flat.taken), [
    "Taken as folder, because it is a folder with images in it: 2 images, all for training (no parts such as train/ and test/).",
    "No labels, because the images lie in no class folders.",
  ]);
  t.is(PNG.length, flat.images.at(0).bytes);
});
