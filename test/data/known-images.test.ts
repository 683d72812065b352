// What is known of images, by column: it must say the same as a Map of objects would, to the file and back.
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { IdRows } from "../../src/data/id-rows.js";
import { KnownImages, PLAIN_PIXELS, type ReadImage, ReadImageTable } from "../../src/data/index.js";
import type { ImageKnowledge } from "../../src/data/known-images.js";
import type { Source, SourceEntry } from "../../src/data/types.js";
import { temporaryDirectory } from "../train/helpers.js";

test("ids have the numbers in which they came, and others have none", (t) => {
  const ids = fc.array(fc.oneof(fc.nat(5000).map(String), fc.string({ unit: "grapheme", maxLength: 3 })), {
    maxLength: 9000,
    size: "max",
  });
  fc.assert(
    fc.property(ids, (list) => {
      const [rows, numbers] = [new IdRows(), new Map<string, number>()];
      for (const id of list) {
        t.is(rows.find(id), numbers.get(id) ?? -1);
        if (!numbers.has(id)) numbers.set(id, numbers.size);
        t.is(rows.add(id), numbers.get(id) as number);
      }
      t.is(rows.count, numbers.size);
      for (const [id, number] of numbers) t.is(rows.find(id), number);
      for (const id of list) t.is(rows.find(`${id}\u0001`), -1);
    }),
    { numRuns: 10 },
  );
});

const image: fc.Arbitrary<ReadImage> = fc.record({
  width: fc.integer({ min: 1, max: 65535 }),
  height: fc.integer({ min: 1, max: 65535 }),
  bytes: fc.maxSafeNat(),
  digest: fc.uint8Array({ minLength: 16, maxLength: 16 }),
});

test("a table of read images is a map from indices, its rows those that are asked for", (t) => {
  const changes = fc.array(fc.tuple(fc.nat(40), fc.option(image)), { maxLength: 60 });
  fc.assert(
    fc.property(fc.nat(50), changes, (rows, list) => {
      const [table, map] = [new ReadImageTable(rows), new Map<number, ReadImage>()];
      for (const [index, one] of list) {
        table.set(index, one);
        if (one === null) map.delete(index);
        else map.set(index, one);
        t.deepEqual([table.count, table.has(index)], [map.size, one !== null]);
      }
      t.false(table.has(1000));
      const all = [...map.keys()].sort((a, b) => a - b);
      t.deepEqual([...table.indices()], all);
      const some = Uint32Array.from(all.filter((_, place) => place % 3 !== 1));
      const read = table.rows(some);
      for (const [row, index] of some.entries()) {
        const { width, height, bytes, digest } = map.get(index) as ReadImage;
        t.deepEqual([read.indices[row], read.widths[row], read.heights[row]], [index, width, height]);
        t.deepEqual([...read.digest(row)], [...digest]);
        t.is(table.bytes(index), bytes);
      }
      const { width, digest } = table.columns(41);
      for (let index = 0; index < 41; index++) {
        t.is(width[index], map.get(index)?.width ?? 0);
        t.deepEqual(
          [...digest.subarray(16 * index, 16 * (index + 1))],
          [...(map.get(index)?.digest ?? new Uint8Array(16))],
        );
      }
    }),
  );
});

test("what was learned of images last is known after it was kept, by this process and by another's beside it", async (t) => {
  // A file whose last change is long ago.
  const source = { fileOf: () => process.execPath } as unknown as Source;
  const entry = (id: string) => ({ id, path: "archive" }) as SourceEntry;
  const knowledge = fc.oneof(image, fc.record({ reason: fc.string({ minLength: 1 }) }));
  const lessons = fc.array(fc.tuple(fc.nat(30).map(String), knowledge), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(lessons, lessons, async (first, second) => {
      const path = join(temporaryDirectory(), "any.known");
      const learned = new Map<string, ImageKnowledge>();
      const beside = await KnownImages.open(source, PLAIN_PIXELS, path);
      for (const lesson of [first, second]) {
        const known = await KnownImages.open(source, PLAIN_PIXELS, path);
        for (const [id, what] of lesson) {
          known.remember(entry(id), what, await known.mark(entry(id)));
          learned.set(id, what);
        }
        await known.keep();
      }
      const other = { width: 1, height: 2, bytes: 3, digest: new Uint8Array(16).fill(4) };
      beside.remember(entry("beside"), other, await beside.mark(entry("beside")));
      learned.set("beside", other);
      await beside.keep();
      const again = await KnownImages.open(source, PLAIN_PIXELS, path);
      for (const [id, what] of learned) {
        const recalled = await again.recall(entry(id));
        const plain =
          recalled && ("digest" in recalled ? { ...recalled, digest: [...recalled.digest] } : recalled);
        t.deepEqual(plain as unknown, "digest" in what ? { ...what, digest: [...what.digest] } : { ...what });
      }
      t.is(await again.recall(entry("unheard of")), undefined);
    }),
    { numRuns: 20 },
  );
});
