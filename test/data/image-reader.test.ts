// Going through a data set once: every image is decoded once, and what comes of it is what reading all of it first would give.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import test from "ava";
import { buildManifest, ImageReader, KnownImages, openSource, PLAIN_PIXELS } from "../../src/data/index.js";
import type { Source } from "../../src/data/types.js";
import { folder } from "../run/looking.js";
import { temporaryDirectory } from "../train/helpers.js";

const BROKEN = [0, 4, 5, 10];
const COUNT = 11;

/** A source, and the ids that it has decoded or tried to. */
async function watched(data: string): Promise<{ source: Source; decoded: string[] }> {
  const source = await openSource(data);
  const decoded: string[] = [];
  const decode = source.decode.bind(source);
  source.decode = async (bytes, entry) => {
    decoded.push(entry.id);
    return decode(bytes, entry);
  };
  return { source, decoded };
}

async function gone(reader: ImageReader, size: number): Promise<{ batches: number[][]; levels: number[] }> {
  const [batches, levels]: [number[][], number[]] = [[], []];
  for await (const indices of reader.batches(size)) {
    batches.push([...indices]);
    const { pack, slots, release } = await reader.load(indices);
    for (const slot of slots) levels.push(pack.image(slot).pixels[0] as number);
    release();
    await onlyThese(reader, indices);
  }
  return { batches, levels };
}

/** Only what the batch holds is there. */
async function onlyThese(reader: ImageReader, indices: Uint32Array): Promise<void> {
  const other = Uint32Array.of((indices[0] as number) - 1);
  const found = await reader.load(other).then(
    () => true,
    () => false,
  );
  if (found) throw new Error(`image ${other[0]} is still there`);
}

test("each image is decoded once; what cannot be read is passed over and made up for", async (t) => {
  const data = await folder(COUNT, 0, BROKEN);
  const whole = await openSource(data);
  const expected = await buildManifest(whole);
  for (const size of [1, 3, 5, 7, 20]) {
    const { source, decoded } = await watched(data);
    const reader = new ImageReader(source, await source.list(), { rules: PLAIN_PIXELS });
    const { batches, levels } = await gone(reader, size);
    t.deepEqual(batches.flat(), [...expected.used]);
    t.true(batches.slice(0, -1).every((batch) => batch.length === size));
    t.deepEqual(
      levels,
      Array.from(expected.used, (index) => Number.parseInt(expected.images.id(index), 10)),
    );
    t.is(decoded.length, COUNT);
    t.is(new Set(decoded).size, COUNT);
    t.is(reader.manifest().hash, expected.hash);
    t.deepEqual(reader.manifest().facts, expected.facts);
    await reader.close();
  }
  await whole.close();
});

test("what is known already is decoded all the same, but for what cannot be read", async (t) => {
  const data = await folder(COUNT, 0, BROKEN);
  await setTimeout(2700); // files that have just changed are not known
  const path = join(temporaryDirectory(), "any.known");
  const run = async () => {
    const { source, decoded } = await watched(data);
    const known = await KnownImages.open(source, PLAIN_PIXELS, path);
    const reader = new ImageReader(source, await source.list(), { rules: PLAIN_PIXELS, known });
    const { levels } = await gone(reader, 4);
    await reader.close();
    return { levels, decoded: decoded.length, hash: reader.manifest().hash };
  };
  const first = await run();
  t.deepEqual(await run(), { ...first, decoded: COUNT - BROKEN.length });
  // The other way of reading profits, too.
  const { source, decoded } = await watched(data);
  const known = await KnownImages.open(source, PLAIN_PIXELS, path);
  t.is((await buildManifest(source, { known })).hash, first.hash);
  t.deepEqual(decoded, []);
  await source.close();
});

test("--strict ends at the first unreadable image, and none at all is said to be so", async (t) => {
  const data = await folder(4, 0, [2]);
  const { source } = await watched(data);
  const strict = new ImageReader(source, await source.list(), { rules: PLAIN_PIXELS, strict: true });
  await t.throwsAsync(gone(strict, 2), { code: "DATA", message: /2\.png/ });
  for (const i of [0, 1, 3]) writeFileSync(join(data, `${i}.png`), "no image");
  const none = new ImageReader(source, await source.list(), { rules: PLAIN_PIXELS });
  await t.throwsAsync(gone(none, 2), { code: "DATA", message: /none of the 4/ });
  await none.close();
});
