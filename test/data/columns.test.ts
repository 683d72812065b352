import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { readColumns, writeColumns } from "../../src/data/columns-file.js";
import { ImageList } from "../../src/data/image-list.js";
import {
  KnownImages,
  listed,
  Manifest,
  PLAIN_PIXELS,
  ReadImages,
  ReadImageTable,
} from "../../src/data/index.js";
import type { ManifestFacts } from "../../src/data/manifest.js";
import type { Source, SourceEntry } from "../../src/data/types.js";

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-columns-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

/** Texts that files can be called, and some that none is: everything but NUL, which no file name has. */
const text = fc
  .oneof(
    fc.constantFrom(
      "",
      " ",
      "a",
      "a/b.png",
      "'",
      '"',
      "a\nb",
      "\r\n",
      "\t",
      "ü",
      "u\u0308",
      "🙂",
      "ß".repeat(40),
    ),
    fc.constantFrom(
      "\u0001",
      "\u001f",
      "\ufeff",
      "\u2028",
      "%s",
      "\\",
      "NULL",
      "[1, 2]",
      "語".repeat(30_000),
    ),
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.string({ unit: "binary", maxLength: 8 }),
  )
  .filter((name) => !name.includes("\0"));

const count = fc.oneof(fc.nat(10), fc.maxSafeNat());
const entries: fc.Arbitrary<SourceEntry[]> = fc.array(
  fc
    .record({
      id: text,
      path: fc.option(text, { nil: null }),
      offset: count,
      bytes: count,
      label: fc.option(fc.oneof(fc.nat(9), fc.constant(2 ** 31 - 1)), { nil: null }),
      part: fc.constantFrom("train" as const, "test" as const),
    })
    .map((entry) => ({ ...entry, path: entry.path ?? entry.id })),
  { maxLength: 12 },
);

test("an image list gives back every entry, through its columns too, and after it has grown", (t) => {
  fc.assert(
    fc.property(entries, fc.nat(3), (list, rows) => {
      const images = new ImageList(rows);
      for (const entry of list) images.push(entry);
      t.deepEqual([...images], list);
      const again = ImageList.from(images.columns);
      t.deepEqual([...again], list);
      t.deepEqual(again.columns, images.columns);
      const ids = list.map(({ id }) => id);
      if (list.length > 0) t.is(images.joinedIds(0, list.length), ids.join("\0"));
      // A list over the columns of another can be added to, and leaves that one as it was.
      again.push({ id: "new", path: "elsewhere", offset: 1, bytes: 2, label: 3, part: "test" });
      t.is(again.at(list.length).path, "elsewhere");
      t.deepEqual([...images], list);
    }),
  );
});

test("a columns file gives back arrays of every kind, and its facts, to the bit", async (t) => {
  const path = join(folder, "any.cols");
  const words = fc.array(fc.maxSafeInteger(), { maxLength: 9 });
  const array = fc.oneof(
    words.map((list) => Uint8Array.from(list)),
    words.map((list) => Int32Array.from(list)),
    words.map((list) => Uint32Array.from(list)),
    fc.array(fc.double(), { maxLength: 9 }).map((list) => Float64Array.from(list)),
    // A view of a part of its memory.
    words.map((list) => Int32Array.from(list).subarray(1)),
  );
  const name = fc.string({ unit: "grapheme", maxLength: 6 }).filter((key) => key !== "__proto__");
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, array, { maxKeys: 6, noNullPrototype: true }),
      fc.jsonValue(),
      async (columns, facts) => {
        await writeColumns(path, { facts, columns });
        const read = await readColumns(path);
        t.deepEqual({ ...read?.columns }, { ...columns });
        t.is(JSON.stringify(read?.facts), JSON.stringify(facts));
      },
    ),
  );
});

/** A columns file with that head and a right digest. */
function withHead(path: string, head: string, length = Buffer.byteLength(head)): void {
  const bytes = Buffer.alloc(16 + 8 * Math.ceil(Buffer.byteLength(head) / 8));
  bytes.write("SSLMCOLS", "latin1");
  bytes.writeBigUInt64LE(BigInt(length), 8);
  bytes.write(head, 16);
  writeFileSync(path, Buffer.concat([bytes, createHash("sha256").update(bytes).digest()]));
}

test("a columns file that is whole but not as it should be is taken for none", async (t) => {
  const path = join(folder, "wrong.cols");
  const head = (columns: unknown) => JSON.stringify({ name: "wrong.cols", facts: 1, columns });
  withHead(path, head([]));
  t.deepEqual(await readColumns(path), { facts: 1, columns: {} });
  for (const wrong of [
    "",
    "{",
    "null",
    "[]",
    '{"name": "wrong.cols"}',
    head(null),
    head({}),
    head([1]),
    head([["a"]]),
    ...[
      ["a", "Uint9Array", 0],
      ["a", "constructor", 1],
      ["a", "Uint8Array", -1],
      ["a", "Uint8Array", 0.5],
    ].map((column) => head([column])),
    head([["a", "Uint8Array", 1]]),
    head([["a", "Float64Array", 2 ** 40]]),
    head([["a", null, 1]]),
  ]) {
    withHead(path, wrong);
    t.is(await readColumns(path), null, wrong);
  }
  withHead(path, head([]), 2 ** 40);
  t.is(await readColumns(path), null, "a length beyond the file");
});

test("a listing, or what is known of images, that is whole but not as it should be is made again", async (t) => {
  const path = join(folder, "unlike.cols");
  const fresh = { images: ImageList.of([]), stamps: null };
  const source = { list: async () => fresh, fileOf: () => null } as unknown as Source;
  for (const facts of [null, 1, {}, { paths: [], labelNames: null, outlierIds: null, stamps: [] }]) {
    const none = ["text", "ends", "offset", "bytes", "path", "label", "part"].map((name) => [
      name,
      name === "text" || name === "part" ? "Uint8Array" : "Float64Array",
      0,
    ]);
    for (const columns of [[], none]) {
      withHead(path, JSON.stringify({ name: "unlike.cols", facts, columns }));
      t.is(await listed(source, path), fresh as never);
    }
    await t.notThrowsAsync(KnownImages.open(source, PLAIN_PIXELS, path));
  }
  const rules = (await KnownImages.open(source, PLAIN_PIXELS, null)).rules;
  for (const reasons of [[], null, [1]]) {
    withHead(path, JSON.stringify({ name: "unlike.cols", facts: { rules, reasons }, columns: [] }));
    await t.notThrowsAsync(KnownImages.open(source, PLAIN_PIXELS, path));
  }
});

const FACTS: ManifestFacts = {
  kind: "folder",
  spec: "./Bilder für 'uns'",
  labelNames: ["a", "ü"],
  outlierIds: null,
  skipped: [{ id: "'\n", reason: "cut" }],
  pixels: PLAIN_PIXELS,
};

let written = 0;

/** Written, and read by a name that no manifest had before: the one that was used last is kept in memory. */
async function again(list: readonly SourceEntry[], read: ReadImages): Promise<[Manifest, Manifest]> {
  const manifest = Manifest.make(ImageList.of(list), read, FACTS);
  const path = join(folder, `${written++}.parquet`);
  await manifest.write(path);
  await Manifest.make(ImageList.of([]), ReadImages.none, FACTS).write(join(folder, "other.parquet"));
  return [manifest, await Manifest.read(path)];
}

test("manifest.parquet gives back every row, whatever files are called", async (t) => {
  await fc.assert(
    fc.asyncProperty(entries, fc.infiniteStream(fc.nat(2 ** 16)), async (list, numbers) => {
      const next = () => numbers.next().value as number;
      const table = new ReadImageTable();
      for (const index of list.keys()) {
        if (next() % 3 === 0) continue;
        const digest = Uint8Array.from({ length: 16 }, next);
        table.set(index, { width: 1 + next(), height: 1 + next(), bytes: 1, digest });
      }
      const [manifest, read] = await again(list, table.rows(table.indices()));
      t.deepEqual([...read.images], list);
      t.deepEqual(
        list.map((_, index) => read.entry(index)),
        list.map((_, index) => manifest.entry(index)),
      );
      t.deepEqual([read.facts, read.hash], [manifest.facts, manifest.hash]);
    }),
    { numRuns: 25 },
  );
});

test("manifest.parquet keeps the order of more rows than go into one text", async (t) => {
  const list = Array.from({ length: 40_000 }, (_, i): SourceEntry => {
    const id = `${40_000 - i}-${"ü'\n"[i % 3]}.png`;
    const path = i % 5 === 0 ? id : i % 5 === 1 ? "" : `shard ${i % 700}.tar`;
    return {
      id,
      path,
      offset: i,
      bytes: i % 9,
      label: i % 11 === 0 ? null : i % 11,
      part: i % 2 ? "test" : "train",
    };
  });
  const [, read] = await again(list, ReadImages.none);
  t.deepEqual([...read.images], list);
});
