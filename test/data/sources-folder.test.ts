// What a folder of images is read as: parts, classes, links, what is left out. Everything is made here.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { READ_ENDINGS } from "../../src/data/image-names.js";
import { naturalOrder } from "../../src/data/natural-order.js";
import { unreadable } from "../../src/data/sources/walk.js";
import { folderOf, folderWith, idsOf, leftOutOf, listOf, PNG, rowsOf } from "./inputs.js";

test("class folders give labels, train beside test gives parts; order is natural", async (t) => {
  const root = folderOf(["train/cat/10.png", "train/cat/9.png", "train/dog/1.png", "test/dog/1.png"]);
  const listing = await listOf(root);
  t.deepEqual(rowsOf(listing), [
    ["test/dog/1.png", 1, "test"],
    ["train/cat/9.png", 0, "train"],
    ["train/cat/10.png", 0, "train"],
    ["train/dog/1.png", 1, "train"],
  ]);
  t.deepEqual(listing.labelNames, ["cat", "dog"]);
  t.deepEqual(listing.taken.parts, {
    train: { images: 3, from: ["train"] },
    test: { images: 1, from: ["test"] },
  });
  t.deepEqual(
    [...listing.images].map(({ bytes }) => bytes),
    Array(4).fill(PNG.length),
  );
});

test("the order is that of numbers in names, as it always was", (t) => {
  const before = (a: string, b: string): number => {
    const [left, right] = [a.match(/\d+|\D+/g) ?? [], b.match(/\d+|\D+/g) ?? []];
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [x, y] = [left[i] as string, right[i] as string];
      const numbers = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
      if (numbers !== 0) return numbers;
      if (x !== y) return x < y ? -1 : 1;
    }
    return left.length - right.length;
  };
  const name = fc.string({
    unit: fc.constantFrom("a", "b", "/", "-", ".", "0", "0", "1", "2", "9", "é", "😀"),
    maxLength: 9,
  });
  fc.assert(
    fc.property(name, name, (a, b) => Math.sign(naturalOrder(a, b)) === Math.sign(before(a, b))),
    { numRuns: 20_000 },
  );
  t.true(naturalOrder("9007199254740992", "9007199254740993") < 0, "beyond 2^53 by their text");
  t.pass();
});

test("parts by other names; val and test are both test images, which is said", async (t) => {
  const listing = await listOf(folderOf(["Training/a/1.png", "Training/b/1.png", "testing/a/1.png"]));
  t.deepEqual(listing.labelNames, ["a", "b"]);
  t.deepEqual(listing.taken.parts.test, { images: 1, from: ["testing"] });
  const three = await listOf(folderOf(["train/a/1.png", "train/b/1.png", "val/a/1.png", "test/b/1.png"]));
  t.is(three.taken.parts.test.images, 2);
  t.regex(three.taken.notes.join(), /test, val are all read as test images/);
});

test("a folder train is a part only beside the other part; else it is a class, which is said", async (t) => {
  const listing = await listOf(folderOf(["cat/1.png", "dog/1.png", "train/1.png"]));
  t.deepEqual(listing.labelNames, ["cat", "dog", "train"]);
  t.is(listing.taken.parts.test.images, 0);
  t.regex(listing.taken.notes.join(), /train is read as a class/);
  const only = await listOf(folderOf(["train/cat/1.png", "train/dog/1.png"]));
  t.deepEqual(only.labelNames, ["cat", "dog"]);
  t.deepEqual(only.taken.notes, []);
});

test("what lies beside part folders is trained on without a label, which is counted and said", async (t) => {
  const listing = await listOf(
    folderOf([
      "train/a/1.png",
      "train/b/1.png",
      "test/a/1.png",
      "unlabeled/1.png",
      "unlabeled/2.png",
      "loose.png",
    ]),
  );
  t.deepEqual(listing.labelNames, ["a", "b"]);
  t.deepEqual(listing.taken.labels, { classes: 2, unlabelled: 3 });
  t.regex(listing.taken.notes.join(), /3 images beside the folders test, train .*no folder, unlabeled/);
});

test("test images in folders that are no class have no label, which is said", async (t) => {
  const listing = await listOf(folderOf(["train/a/1.png", "train/b/1.png", "val/images/1.png"]));
  t.deepEqual(listing.labelNames, ["a", "b"]);
  t.is(listing.images.label(2), null);
  t.regex(listing.taken.notes.join(), /1 test image .*\(images\) have no label/);
});

test("loose images beside class folders have no label; the others keep theirs", async (t) => {
  const listing = await listOf(folderOf(["cat/1.png", "dog/1.png", "loose.png"]));
  t.deepEqual(
    rowsOf(listing).map(([, label]) => label),
    [0, 1, null],
  );
  t.deepEqual(listing.taken.labels, { classes: 2, unlabelled: 1 });
});

test("without classes it is said why", async (t) => {
  const why = async (names: string[]) => (await listOf(folderOf(names))).taken.noLabels;
  t.is(await why(["1.png", "2.png"]), "the images lie in no class folders");
  t.is(await why(["cat/1.png", "cat/2.png"]), "all images lie in one folder, cat");
  t.is(await why(["cat/1.png", "2.png"]), "there is only one class folder, cat");
  t.is(await why(["train/1.png", "test/a/1.png"]), "the training images lie in no class folders");
});

test("folders that all images share are passed over", async (t) => {
  const listing = await listOf(folderOf(["set/images/cat/1.png", "set/images/dog/1.png"]));
  t.deepEqual(listing.labelNames, ["cat", "dog"]);
});

test("each folder is read once: loops, links beside their targets, links elsewhere", async (t) => {
  const elsewhere = folderOf(["1.png"]);
  const root = folderOf(["cat/1.png", "dog/1.png"]);
  symlinkSync("..", join(root, "dog", "again"));
  symlinkSync("dog", join(root, "a-dog"));
  symlinkSync(elsewhere, join(root, "ship"));
  symlinkSync("../cat/1.png", join(root, "dog", "2.png"));
  symlinkSync(join(elsewhere, "gone.png"), join(root, "cat", "gone.png"));
  const listing = await listOf(root);
  t.deepEqual(idsOf(listing), ["cat/1.png", "dog/1.png", "ship/1.png"]);
  t.deepEqual(leftOutOf(listing), [
    "links to folders that are read anyway: 2, a-dog",
    "links to images that are read anyway: 1, dog/2.png",
    "links to nothing that is there: 1, cat/gone.png",
  ]);
  t.is(listing.stamps, null, "what comes to be where a link leads to nothing is not noticed");
  rmSync(join(root, "cat", "gone.png"));
  t.is((await listOf(root)).stamps?.length, 4);
  mkdirSync(join(elsewhere, "other"));
  writeFileSync(join(elsewhere, "other", "3.gif"), PNG);
  const other = folderWith({});
  symlinkSync(join(elsewhere, "other", "3.gif"), join(other, "3.gif"));
  t.deepEqual(
    (await listOf(other)).stamps?.map(({ path }) => path),
    [other, join(elsewhere, "other")],
  );
});

test("of links to one folder the first in order is followed; a folder above is not read into itself", async (t) => {
  const above = folderOf(["data/cat/1.png", "other/2.png"]);
  const root = join(above, "data");
  for (let i = 1; i <= 12; i++) symlinkSync("../other", join(root, `link-${i}`));
  const listing = await listOf(root);
  t.deepEqual(idsOf(listing), ["cat/1.png", "link-1/2.png"]);
  const up = folderOf(["data/cat/1.png", "other/2.png"]);
  symlinkSync("..", join(up, "data", "up"));
  t.deepEqual(idsOf(await listOf(join(up, "data"))), ["cat/1.png", "up/other/2.png"]);
});

test("a folder of links to folders and files is read", async (t) => {
  const real = folderOf(["cat/1.png", "dog/1.png"]);
  const root = folderWith({});
  symlinkSync(join(real, "cat"), join(root, "cat"));
  mkdirSync(join(root, "dog"));
  symlinkSync(join(real, "dog", "1.png"), join(root, "dog", "x.png"));
  t.deepEqual(idsOf(await listOf(root)), ["cat/1.png", "dog/x.png"]);
});

test("what is left out is counted by reason, with the first name", async (t) => {
  const root = folderOf(["cat/1.png", "dog/1.JPE", "dog/2.Tiff"], {
    "notes.txt": "x",
    "cat/readme": "x",
    "a.heic": "x",
    "b.SVG": "x",
    "cat/._1.png": "x",
    "cat/.DS_Store": "x",
    "Thumbs.db": "x",
    "__MACOSX/cat/1.png": "x",
    ".ipynb_checkpoints/1.png": "x",
  });
  execFileSync("mkfifo", [join(root, "pipe.png")]);
  writeFileSync(Buffer.concat([Buffer.from(join(root, "dog")), Buffer.from("/caf\xe9.png", "latin1")]), PNG);
  const listing = await listOf(root);
  t.deepEqual(idsOf(listing), ["cat/1.png", "dog/1.JPE", "dog/2.Tiff"]);
  t.deepEqual(leftOutOf(listing), [
    "hidden files and leavings of systems (._*, .DS_Store, Thumbs.db, __MACOSX): 5, .ipynb_checkpoints",
    "files whose names are not those of images (.txt, no ending): 2, cat/readme",
    "images of kinds that are not read (.heic, .svg): 2, a.heic",
    "files whose names are not UTF-8: 1, dog/caf\ufffd.png",
    "pipes, sockets and devices: 1, pipe.png",
  ]);
  t.regex(listing.taken.notes.join(), /find .*-iname '\*\.heic' .* mogrify/);
});

test("the names that are read are those of the formats that are decoded", (t) => {
  const expected = ".apng .avif .gif .jfif .jpe .jpeg .jpg .png .tif .tiff .webp";
  t.is([...READ_ENDINGS].sort().join(" "), expected);
});

test("runs of sslmem are no data, wherever they lie", async (t) => {
  const root = folderOf(["cat/1.png", "dog/1.png", "runs/one/sheet.png", "two/views/1.png"], {
    "runs/one/config.json": '{"schema": "sslmem/config@1"}',
    "two/manifest.parquet": "x",
    "two/split.parquet": "x",
    "dog/config.json": '{"schema": "of something else"}',
  });
  const listing = await listOf(root);
  t.deepEqual(idsOf(listing), ["cat/1.png", "dog/1.png"]);
  t.true(leftOutOf(listing).includes("run folders of sslmem: 2, runs/one"));
  const error = await t.throwsAsync(listOf(join(root, "runs", "one")));
  t.regex(error.message, /is a run of sslmem/);
});

test("a folder that cannot be read is said to be that", (t) => {
  const error = unreadable("folder", "/data/cat", Object.assign(new Error("x"), { code: "EACCES" }));
  t.like(error, { code: "DATA", hint: "chmod -R u+rX /data/cat" });
  t.regex(error.message, /to read the folder \/data\/cat but permission is denied/);
});

test("an aborted listing throws the signal's reason", async (t) => {
  const { openSource } = await import("../../src/data/sources/index.js");
  const source = await openSource("synthetic:count=3000000");
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("stopped")), 20);
  await t.throwsAsync(source.list({ signal: stop.signal }), { message: "stopped" });
});
