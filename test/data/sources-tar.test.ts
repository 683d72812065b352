// What tar files are read as: their headers, ends, links and damage; labels by folder. WebDataset has a test of its own.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { openSource } from "../../src/data/sources/index.js";
import {
  folderOf,
  folderWith,
  idsOf,
  leftOutOf,
  listOf,
  type Member,
  memberBlocks,
  PNG,
  paxRecord,
  rowsOf,
  tarOf,
} from "./inputs.js";

const inFolder = (bytes: Buffer): string => join(folderWith({ "a.tar": bytes }), "a.tar");
const archive = (members: readonly Member[]): string => inFolder(tarOf(members));

test("class folders in a tar give labels; images are read in place", async (t) => {
  const path = archive([
    ["cat/", "", "5"],
    ["./cat/1.png", PNG],
    ["dog/a.b.png", PNG],
    ["v1.0/x.png", PNG],
  ]);
  const source = await openSource(path);
  const listing = await source.list();
  t.deepEqual(rowsOf(listing), [
    ["a.tar/cat/1.png", 0, "train"],
    ["a.tar/dog/a.b.png", 1, "train"],
    ["a.tar/v1.0/x.png", 2, "train"],
  ]);
  for (const entry of listing.images) {
    const bytes = await source.bytes(entry);
    t.true(PNG.equals(bytes));
    t.is((await source.decode(bytes, entry)).width, 1);
  }
  await source.close();
});

test("archives of tar itself in every format: long names, names that are not ASCII, line ends, sparse files", async (t) => {
  const long = `${"deep/".repeat(50)}picture.png`;
  const names = [long, "é/日本.png", `${"y".repeat(120)}\nz.png`, "short.png"].sort();
  const root = folderOf(names);
  for (const format of ["gnu", "pax", "oldgnu"]) {
    const path = join(folderWith({}), `${format}.tar`);
    execFileSync("tar", ["cf", path, `--format=${format}`, "-C", root, ...names]);
    t.deepEqual(
      idsOf(await listOf(path)),
      names.map((name) => `${format}.tar/${name}`),
      format,
    );
  }
});

test("sparse members are left out by every way that tar writes them, and what follows is found", async (t) => {
  const root = folderOf(["z.png"], { "hole.png": "x" });
  truncateSync(join(root, "hole.png"), 1 << 22);
  for (const format of [["gnu"], ["pax", "--sparse-version=0.1"], ["pax", "--sparse-version=1.0"]]) {
    const path = join(folderWith({}), "s.tar");
    const [name, ...more] = format;
    execFileSync("tar", ["cSf", path, `--format=${name}`, ...more, "-C", root, "hole.png", "z.png"]);
    const listing = await listOf(path);
    t.deepEqual(idsOf(listing), ["s.tar/z.png"], format.join());
    t.deepEqual(leftOutOf(listing), [
      "sparse members of tar files, whose holes are not stored: 1, s.tar/hole.png",
    ]);
  }
});

test("pax records: sizes and names beyond a header's room, values with line ends and digits", async (t) => {
  const pax = paxRecord("path", "12345\n67.png") + paxRecord("size", String(PNG.length));
  const path = archive([
    ["x", pax, "x"],
    ["short.png", PNG],
    ["b.png", PNG],
  ]);
  t.deepEqual(idsOf(await listOf(path)), ["a.tar/12345\n67.png", "a.tar/b.png"]);
});

test("names that are not UTF-8 stay apart; absolute names and .. are only names", async (t) => {
  const odd = (byte: number) => Buffer.concat([Buffer.from("caf"), Buffer.from([byte]), Buffer.from(".png")]);
  const path = archive([
    [odd(0xe9), PNG],
    [odd(0xe8), PNG],
    ["/etc/x.png", PNG],
    ["../../y.png", PNG],
  ]);
  t.deepEqual(idsOf(await listOf(path)), [
    "a.tar/caf\\xe9.png",
    "a.tar/caf\\xe8.png",
    "a.tar//etc/x.png",
    "a.tar/../../y.png",
  ]);
});

test("links, devices and hidden members are left out; of a name that occurs twice the last counts", async (t) => {
  const other = Buffer.concat([PNG, Buffer.alloc(9)]);
  const path = archive([
    ["a.png", PNG],
    ["link.png", "", "2"],
    ["hard.png", "", "1"],
    ["pipe.png", "", "6"],
    ["._a.png", PNG],
    ["notes.txt", "x"],
    ["b.png", PNG],
    ["a.png", other],
  ]);
  const listing = await listOf(path);
  t.deepEqual(
    [...listing.images].map(({ id, bytes }) => [id, bytes]),
    [
      ["a.tar/b.png", PNG.length],
      ["a.tar/a.png", other.length],
    ],
  );
  t.deepEqual(leftOutOf(listing), [
    "links inside of tar files: 2, a.tar/hard.png",
    "files whose names are not those of images (.txt): 1, a.tar/notes.txt",
    "hidden files and leavings of systems (._*, .DS_Store, Thumbs.db, __MACOSX): 1, a.tar/._a.png",
    "pipes, sockets and devices: 1, a.tar/pipe.png",
  ]);
  t.regex(listing.taken.notes.join(), /1 name occurred twice/);
});

test("archives one after the other are all read; what follows the end otherwise is ignored", async (t) => {
  const [one, two] = [tarOf([["cat/1.png", PNG]], 10240), tarOf([["dog/1.png", PNG]])];
  const joined = await listOf(inFolder(Buffer.concat([one, two])));
  t.deepEqual(idsOf(joined), ["a.tar/cat/1.png", "a.tar/dog/1.png"]);
  t.regex(joined.taken.notes.join(), /Several archives lie one after the other in a.tar/);
  const garbage = await listOf(inFolder(Buffer.concat([one, Buffer.alloc(3000, 7)])));
  t.deepEqual(idsOf(garbage), ["a.tar/cat/1.png"]);
  t.deepEqual(garbage.taken.notes, []);
});

test("without a marked end the whole members are read, which is said; a cut one is named", async (t) => {
  const members: Member[] = [
    ["1.png", PNG],
    ["2.png", Buffer.alloc(2000)],
  ];
  const listing = await listOf(inFolder(tarOf(members, 0)));
  t.is(listing.images.count, 2);
  t.regex(listing.taken.notes.join(), /The end is not marked in a.tar/);
  const unpadded = tarOf(members, 0).subarray(0, 1024 + 512 + 2000);
  t.is((await listOf(inFolder(unpadded))).images.count, 2);
  const cut = await t.throwsAsync(listOf(inFolder(unpadded.subarray(0, -1))));
  t.like(cut, { code: "DATA" });
  t.regex(cut.message, /all of 2\.png in a\.tar but the archive is cut short/);
  const header = await t.throwsAsync(listOf(inFolder(tarOf(members).subarray(0, 1024 + 100))));
  t.regex(header.message, /its next header in a\.tar/);
  const pax = await t.throwsAsync(
    listOf(
      inFolder(
        tarOf(
          [
            ["1.png", PNG],
            ["x", paxRecord("path", "2.png"), "x"],
          ],
          0,
        ),
      ),
    ),
  );
  t.regex(pax.message, /its last member in a\.tar/);
});

test("damage is named with its place", async (t) => {
  const bytes = tarOf([
    ["1.png", PNG],
    ["2.png", PNG],
  ]);
  bytes[1024 + 3] = 1;
  const error = await t.throwsAsync(listOf(inFolder(bytes)));
  t.regex(error.message, /tar header at byte 1024 of a\.tar but it is damaged/);
  t.regex((await t.throwsAsync(listOf(inFolder(Buffer.alloc(2048, 7))))).message, /a\.tar is /);
  t.regex((await t.throwsAsync(listOf(inFolder(Buffer.alloc(0))))).message, /is empty \(0 bytes\)/);
  t.regex(
    (await t.throwsAsync(listOf(inFolder(Buffer.alloc(10240))))).message,
    /found none: the archive is empty/,
  );
});

test("a folder of archives, whatever its name; parts by the archives' names", async (t) => {
  const root = join(folderWith({}), "shards.tar");
  mkdirSync(root);
  for (const name of ["x-train-10.tar", "x-train-9.tar", "x-val-0.tar"])
    writeFileSync(join(root, name), tarOf([["1.png", PNG]]));
  const listing = await listOf(root);
  t.deepEqual(rowsOf(listing), [
    ["x-train-9.tar/1.png", null, "train"],
    ["x-train-10.tar/1.png", null, "train"],
    ["x-val-0.tar/1.png", null, "test"],
  ]);
  t.deepEqual(listing.taken.parts.test, { images: 1, from: ["x-val-0.tar"] });
  t.is(listing.stamps?.length, 4);
});

test("archives in folders are found where there are no images; their folders are parts and classes", async (t) => {
  const root = folderWith({
    "train/0.tar": tarOf([
      ["cat/1.png", PNG],
      ["dog/1.png", PNG],
    ]),
    "val/0.tar": tarOf([["dog/1.png", PNG]]),
  });
  t.deepEqual(rowsOf(await listOf(root)), [
    ["train/0.tar/cat/1.png", 0, "train"],
    ["train/0.tar/dog/1.png", 1, "train"],
    ["val/0.tar/dog/1.png", 1, "test"],
  ]);
});

test("archives named by WordNet ids are classes, as ILSVRC's are once unpacked from the outer one", async (t) => {
  const flat = tarOf([["1.png", PNG]]);
  const listing = await listOf(folderWith({ "n01440764.tar": flat, "n01443537.tar": flat }));
  t.deepEqual(listing.labelNames, ["n01440764", "n01443537"]);
  t.regex(listing.taken.notes.join(), /Each tar file is a class/);
  t.is((await listOf(folderWith({ "part-1.tar": flat, "part-2.tar": flat }))).labelNames, null);
});

test("members that only their program reads are counted; volume labels and headers for all are passed over", async (t) => {
  const long = `${"x".repeat(120)}.png`;
  const path = archive([
    ["label", "", "V"],
    ["g", paxRecord("comment", "x"), "g"],
    ["piece.png", PNG, "M"],
    ["x", paxRecord("path", long), "x"],
    ["g", paxRecord("comment", "x"), "g"],
    ["short.png", PNG],
  ]);
  const listing = await listOf(path);
  t.deepEqual(idsOf(listing), [`a.tar/${long}`]);
  t.deepEqual(leftOutOf(listing), ["members of kinds that only their program reads: 1, a.tar/piece.png"]);
});

test("tar files beside images: --source-kind decides", async (t) => {
  const root = folderOf(["1.png"], { "x.tar": tarOf([["2.png", PNG]]) });
  const error = await t.throwsAsync(listOf(root));
  t.like(error, { code: "USAGE" });
  t.regex(error.message, /can be read as tar or as folder/);
  t.deepEqual(idsOf(await listOf(root, "folder")), ["1.png"]);
  const tar = await listOf(root, "tar");
  t.deepEqual(idsOf(tar), ["x.tar/2.png"]);
  t.deepEqual(leftOutOf(tar), ["image files beside the tar files: 1, 1.png"]);
});

test("more archives are read at once than files may be open", async (t) => {
  const root = folderWith({ "0.tar": tarOf([["1.png", PNG]]) });
  for (let i = 1; i < 60; i++) copyFileSync(join(root, "0.tar"), join(root, `${i}.tar`));
  const source = await openSource(root);
  const { images } = await source.list();
  const { readdirSync } = await import("node:fs");
  const before = readdirSync("/proc/self/fd").length;
  let most = 0;
  const all = [...images, ...images, ...images].map(async (entry) => {
    const bytes = await source.bytes(entry);
    most = Math.max(most, readdirSync("/proc/self/fd").length - before);
    return PNG.equals(bytes);
  });
  t.true((await Promise.all(all)).every((same) => same));
  t.true(most > 0 && most <= 26, `${most} open`);
  await source.close();
});

test("150,000 members: nothing depends on their number", async (t) => {
  const block = memberBlocks(["000000.png", PNG]);
  const bytes = Buffer.alloc(150_000 * block.length + 1024);
  for (let i = 0; i < 150_000; i++) {
    const at = i * block.length;
    block.copy(bytes, at);
    const name = String(i).padStart(6, "0");
    bytes.write(name, at);
    const sum =
      8 * 32 +
      bytes.subarray(at, at + 512).reduce((s, b) => s + b, 0) -
      bytes.subarray(at + 148, at + 156).reduce((s, b) => s + b, 0);
    bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148);
  }
  const listing = await listOf(inFolder(bytes));
  t.is(listing.images.count, 150_000);
  t.is(listing.images.id(149_999), "a.tar/149999.png");
});
