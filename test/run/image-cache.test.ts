// What the cache keeps of data sets and their images, how it is watched over, and that it is never the reason for a failure.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import test from "ava";
import {
  beginImages,
  cachedImages,
  imagesFolder,
  keepImages,
  listingsFolder,
} from "../../src/cache/image-cache.js";
import { openStore, packKey } from "../../src/data/index.js";
import { ownerHere } from "../../src/files/index.js";
import { temporaryDirectory } from "../train/helpers.js";
import { folder, levels, look, picture, SIZES } from "./looking.js";

test.beforeEach(() => {
  process.env.SSLMEM_CACHE = temporaryDirectory();
});

const paths = async () => (await cachedImages()).map(({ path }) => path);

/** Says that a packed file was used so many days ago, last by this machine or by another. */
function use(path: string, days: number, machine = ownerHere().machine): void {
  const own = path.replace(/\.pack$/, `.${ownerHere().machine}.used`);
  const mark = path.replace(/\.pack$/, `.${machine}.used`);
  if (mark !== own && existsSync(own)) renameSync(own, mark);
  if (!existsSync(mark)) writeFileSync(mark, "");
  const at = new Date(Date.now() - 24 * 60 * 60_000 * days);
  for (const one of [mark, path]) utimesSync(one, at, at);
}

/** What all packed files there take, those that are being written included. */
const bytesThere = () =>
  readdirSync(imagesFolder())
    .filter((name) => /\.(pack|tmp)$/.test(name))
    .reduce((sum, name) => sum + statSync(join(imagesFolder(), name)).size, 0);

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
  "beyond its limit the cache lets go of what was not used for longest before it writes, or keeps nothing",
  async (t) => {
    const [a, b, c] = [await folder(12), await folder(12, 50), await folder(12, 100)];
    const first = await look(a, SIZES);
    const bytes = statSync(first.store.packPath as string).size;
    const second = await look(b, SIZES);
    use(first.store.packPath as string, 1);
    use(second.store.packPath as string, 2);
    let most = 0;
    const update = () => {
      most = Math.max(most, bytesThere());
    };
    const third = await look(c, { ...SIZES, cacheLimit: String((2.5 * bytes) / 1e9) }, undefined, {
      reporter: { update },
    });
    t.deepEqual(await paths(), [third.store.packPath, first.store.packPath]);
    t.true(most <= 2.5 * bytes, `${most} of ${2.5 * bytes}`);
    const none = await look(b, { ...SIZES, cacheLimit: "0" });
    t.is(none.store.packPath, null);
    t.true(none.notes.some((line) => line.includes("--cache-limit")));
    t.is(Object.keys(await levels(none)).length, 10);
    t.is((await paths()).length, 2, "what cannot be made to fit costs the others nothing");
  },
);

test.serial("what another machine used within the last day is not deleted to make room", async (t) => {
  const [a, b] = [await folder(12), await folder(12, 50)];
  const first = (await look(a, SIZES)).store.packPath as string;
  const limit = { ...SIZES, cacheLimit: String((1.5 * statSync(first).size) / 1e9) };
  use(first, 0.5, "0123456789ab");
  const without = await look(b, limit);
  t.is(without.store.packPath, null);
  t.deepEqual(await paths(), [first]);
  t.is(without.notes.filter((line) => line.includes("another machine used today")).length, 1);
  t.is(Object.keys(await levels(without)).length, 10);
  use(first, 1.5, "0123456789ab");
  const second = (await look(b, limit)).store.packPath as string;
  t.deepEqual(await paths(), [second]);
});

test.serial("what is used is marked for this machine, and old marks go", async (t) => {
  const data = await folder(12);
  const { store } = await look(data, SIZES);
  const path = store.packPath as string;
  use(path, 2, "0123456789ab");
  use(path, 0.5);
  const begun = Date.now() - 2000; // times of files may be a little behind the clock
  await look(data, SIZES);
  const [cached] = await cachedImages();
  t.true((cached?.used.getTime() ?? 0) >= begun);
  t.is(cached?.elsewhere, null);
});

test.serial("a file that another process has kept meanwhile is not replaced: it may be mapped", async (t) => {
  const { store, manifest } = await look(await folder(12), SIZES);
  const there = statSync(store.packPath as string);
  const writer = await beginImages();
  const opened = await openStore(store);
  for (const index of manifest.used) await writer.add(index, await opened.decode(index));
  await opened.close();
  const path = await keepImages(writer, packKey(manifest), { data: "", indices: manifest.used });
  t.is(path, store.packPath as string);
  t.is(statSync(path).ino, there.ino);
  t.false(readdirSync(imagesFolder()).some((name) => name.endsWith(".tmp")));
});

test.serial(
  "a cache that cannot be written is used for what it holds, if nobody else can have changed it",
  async (t) => {
    const data = await folder(12);
    await setTimeout(3000);
    const first = await look(data, SIZES);
    const names = readdirSync(imagesFolder());
    const listings = readdirSync(listingsFolder());
    for (const at of [imagesFolder(), listingsFolder()]) chmodSync(at, 0o555);
    const second = await look(data, SIZES);
    t.is(second.store.packPath, first.store.packPath);
    t.deepEqual(second.warnings, []);
    t.false(
      second.notes.some((line) => /cache|decoded each time/.test(line)),
      `${second.notes}`,
    );
    const other = await look(await folder(12, 50), SIZES);
    t.is(other.store.packPath, null);
    t.deepEqual(other.warnings, []);
    t.is(other.notes.filter((line) => line.includes("is read-only")).length, 1);
    t.deepEqual([readdirSync(imagesFolder()), readdirSync(listingsFolder())], [names, listings]);
    t.is(statSync(imagesFolder()).mode & 0o777, 0o555, "it stays as its owner wants it");
    // Files that others can write are no secret's keepers.
    chmodSync(first.store.packPath as string, 0o666);
    t.is((await look(data, SIZES)).store.packPath, null);
    chmodSync(first.store.packPath as string, 0o600);
    t.is((await look(data, SIZES)).store.packPath, first.store.packPath);
    if (process.getuid?.() === 0) {
      chownSync(imagesFolder(), 12_345, 12_345);
      t.is((await look(data, SIZES)).store.packPath, null, "a stranger's folder");
      chownSync(imagesFolder(), 0, 0);
    }
    for (const at of [imagesFolder(), listingsFolder()]) chmodSync(at, 0o700);
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
