// What the cache keeps of data sets and their images, how it is watched over, and that it is never the reason for a failure.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import test from "ava";
import { cachedImages, imagesFolder, listingsFolder } from "../../src/run/image-cache.js";
import { temporaryDirectory } from "../train/helpers.js";
import { folder, levels, look, picture, SIZES } from "./looking.js";

test.beforeEach(() => {
  process.env.SSLMEM_CACHE = temporaryDirectory();
});

test.serial("the cache holds what is used, for its owner alone, and is told", async (t) => {
  const { store, manifest, notes } = await look(await folder(40), SIZES);
  const [cached] = await cachedImages();
  t.is(cached?.path, store.packPath as string);
  t.is(cached?.images, 10);
  t.is(manifest.count, 40);
  t.is(statSync(imagesFolder()).mode & 0o777, 0o700);
  t.is(statSync(listingsFolder()).mode & 0o777, 0o700);
  for (const name of readdirSync(imagesFolder()))
    t.is(statSync(join(imagesFolder(), name)).mode & 0o777, 0o600, name);
  t.true(
    notes.some(
      (line) =>
        line.startsWith(`Decoded images are kept in ${imagesFolder()}`) && line.includes("--no-cache-images"),
    ),
  );
});

test.serial("a packed file whose pixels have changed is not used but made again", async (t) => {
  const data = await folder(12);
  const first = await look(data, SIZES);
  const path = first.store.packPath as string;
  const bytes = readFileSync(path);
  bytes[64] = (bytes[64] as number) ^ 0xff;
  writeFileSync(path, bytes);
  const again = await look(data, SIZES, first.root);
  t.deepEqual(await levels(again), await levels(await look(data, { ...SIZES, cacheImages: "false" })));
  t.is(readFileSync(again.store.packPath as string)[64], (bytes[64] as number) ^ 0xff);
});

test.serial(
  "beyond its limit the cache lets go of what was not used for longest, or keeps nothing",
  async (t) => {
    const [a, b] = [await folder(12), await folder(12, 50)];
    const bytes = statSync((await look(a, SIZES)).store.packPath as string).size;
    const room = String((1.5 * bytes) / 1e9);
    const second = await look(b, { ...SIZES, cacheLimit: room });
    t.deepEqual(
      (await cachedImages()).map(({ path }) => path),
      [second.store.packPath as string],
    );
    const none = await look(a, { ...SIZES, cacheLimit: "0" });
    t.is(none.store.packPath, null);
    t.true(none.notes.some((line) => line.includes("--cache-limit")));
    t.is(Object.keys(await levels(none)).length, 10);
  },
);

test.serial("a cache that cannot be written is said, and nothing else changes", async (t) => {
  const data = await folder(12);
  const expected = await look(data, SIZES);
  const file = join(temporaryDirectory(), "file");
  writeFileSync(file, "");
  process.env.SSLMEM_CACHE = file;
  const { manifest, split, store, warnings } = await look(data, SIZES);
  t.is(store.packPath, null);
  t.is(manifest.hash, expected.manifest.hash);
  t.deepEqual(split.codes, expected.split.codes);
  t.regex(warnings.join("\n"), /cannot keep the list of images .*\n.*cannot keep decoded images/);
});

test.serial("a listing is kept, and made anew when a file is added, in a deep folder too", async (t) => {
  const data = temporaryDirectory();
  mkdirSync(join(data, "one", "deep"), { recursive: true });
  mkdirSync(join(data, "two"));
  for (let i = 0; i < 12; i++)
    writeFileSync(join(data, i % 2 ? "two" : "one/deep", `${i}.png`), await picture(i));
  await setTimeout(3000);
  await look(data, SIZES);
  const kept = () => readdirSync(listingsFolder()).filter((name) => name.endsWith(".listing"));
  t.is(kept().length, 1);
  const written = statSync(join(listingsFolder(), kept()[0] as string)).mtimeMs;
  t.is((await look(data, SIZES)).manifest.count, 12);
  t.is(statSync(join(listingsFolder(), kept()[0] as string)).mtimeMs, written, "taken as it was");
  writeFileSync(join(data, "one", "deep", "new.png"), await picture(77));
  t.is((await look(data, SIZES)).manifest.count, 13);
  rmSync(join(data, "two", "1.png"));
  t.is((await look(data, SIZES)).manifest.count, 12);
});

test.serial("a damaged listing, or damaged knowledge of images, is made again", async (t) => {
  const data = await folder(12);
  await setTimeout(3000);
  const first = await look(data, SIZES);
  for (const name of readdirSync(listingsFolder())) {
    const path = join(listingsFolder(), name);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(path, bytes);
  }
  t.is((await look(data, SIZES)).manifest.hash, first.manifest.hash);
});

test.serial(
  "what was read is known after an interruption, so that the next try need not read it again",
  async (t) => {
    const data = await folder(40);
    await setTimeout(3000);
    const stop = new AbortController();
    const all = { shared: "20", candidate: "6", independent: "6", external: "6" };
    let read = 0;
    const reporter = { update: () => void (++read === 30 && stop.abort(new Error("stopped"))) };
    await t.throwsAsync(look(data, all, undefined, { reporter, signal: stop.signal }), {
      message: "stopped",
    });
    t.is(readdirSync(listingsFolder()).filter((name) => name.endsWith(".known")).length, 1);
    t.deepEqual(readdirSync(imagesFolder()), [], "an unfinished packed file is not left behind");
  },
);

test.serial("processes of one run that begin at once read its images once", async (t) => {
  const data = await folder(12);
  const root = join(temporaryDirectory(), "run");
  const shards = await Promise.all(
    ["1-of-3", "2-of-3", "3-of-3"].map((shard) => look(data, SIZES, root, { shard })),
  );
  t.is(new Set(shards.map(({ manifest }) => manifest.hash)).size, 1);
  t.is(shards.filter(({ notes }) => notes.some((line) => line.startsWith("Split:"))).length, 1);
});

test.serial("images that do not fit the cache are not written there to find that out", async (t) => {
  const data = await folder(12);
  const { root } = await look(data, { ...SIZES, cacheImages: "false" });
  const begun: string[] = [];
  const reporter = { start: (label: string) => void begun.push(label) };
  const limited = { ...SIZES, cacheLimit: "0.000000001" };
  const { store, notes } = await look(data, limited, root, { reporter });
  t.is(store.packPath, null);
  t.false(begun.includes("decoding images"), `${begun}`);
  t.true(notes.some((line) => line.includes("--cache-limit")));
  t.deepEqual(readdirSync(imagesFolder()), []);
});
