// From a data set to the images of a run: what is read, what it is known by, what takes the place of what cannot be read, and
// what the cache keeps.
import {
  chmodSync,
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
import sharp from "sharp";
import { resolveSettings } from "../../src/config/resolve.js";
import type { Settings } from "../../src/config/schema.js";
import { openStore, SUBSETS } from "../../src/data/index.js";
import { stepContext } from "../../src/run/context.js";
import { cachedImages, imagesFolder, listingsFolder } from "../../src/run/image-cache.js";
import { openRun } from "../../src/run/open.js";
import { silent } from "../../src/run/reporter.js";
import { allImages, type DividedImages, dividedImages } from "../../src/run/steps/images.js";
import { temporaryDirectory } from "../train/helpers.js";

const SIZE = 6;

test.beforeEach(() => {
  process.env.SSLMEM_CACHE = temporaryDirectory();
});

/** An image file of one level of grey: all of them have the same length. */
function picture(level: number, [width, height] = [SIZE, SIZE]): Promise<Buffer> {
  const raw = { width, height, channels: 3 as const };
  return sharp(Buffer.alloc(width * height * 3, level), { raw })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

/** A folder of images, i.png with level first + i; those in `broken` are no images. */
async function folder(count: number, first = 0, broken: readonly number[] = []): Promise<string> {
  const root = temporaryDirectory();
  for (let i = 0; i < count; i++)
    writeFileSync(join(root, `${i}.png`), broken.includes(i) ? "no image" : await picture(first + i));
  return root;
}

interface Looked extends DividedImages {
  readonly root: string;
  readonly notes: string[];
  readonly warnings: string[];
}

type Flags = Partial<Record<keyof Settings, string>>;

/** Opens a run on a data set and gets its images, as the first steps of a verb do. */
async function look(
  data: string,
  flags: Flags = {},
  root = join(temporaryDirectory(), "run"),
): Promise<Looked> {
  const given = new Map(Object.entries({ data, ...flags })) as Map<keyof Settings, string>;
  const resolved = resolveSettings({ flags: given });
  const run = await openRun({
    ...{ root, resolved, steps: ["manifest", "split"] as const, force: false, shard: null, command: "test" },
  });
  const [notes, warnings]: [string[], string[]] = [[], []];
  const reporter = {
    ...silent,
    note: (line: string) => notes.push(line),
    warn: (line: string) => warnings.push(line),
  };
  try {
    return { ...(await dividedImages(stepContext(run, reporter))), root, notes, warnings };
  } finally {
    await run.release();
  }
}

const SIZES: Flags = { shared: "4", candidate: "2", independent: "2", external: "2" };

/** Levels of the used images as a store gives them, by id. */
async function levels({ store, manifest }: DividedImages): Promise<Record<string, number>> {
  const opened = await openStore(store);
  const { pack, slots, release } = await opened.load(manifest.used);
  const found = Object.fromEntries(
    [...slots].map((slot, i) => [
      manifest.entry(manifest.used[i] as number).id,
      pack.image(slot).pixels[0] as number,
    ]),
  );
  release();
  await opened.close();
  return found;
}

const subsets = ({ split, manifest }: DividedImages) =>
  Object.fromEntries(
    SUBSETS.map((name) => [name, [...split.indices(name)].map((index) => manifest.entry(index).id)]),
  );

test.serial(
  "data sets with the same names and sizes are told apart by their contents, cached or not",
  async (t) => {
    const [dark, light] = [await folder(12), await folder(12, 100)];
    for (const cacheImages of ["true", "false"]) {
      const [a, b] = [
        await look(dark, { ...SIZES, cacheImages }),
        await look(light, { ...SIZES, cacheImages }),
      ];
      t.deepEqual(a.manifest.images.columns.text, b.manifest.images.columns.text);
      t.deepEqual(a.manifest.images.columns.bytes, b.manifest.images.columns.bytes);
      t.not(a.manifest.hash, b.manifest.hash);
      t.is(a.store.packPath === null, cacheImages === "false");
      for (const [images, first] of [
        [a, 0],
        [b, 100],
      ] as const)
        for (const [id, level] of Object.entries(await levels(images)))
          t.is(level, first + Number.parseInt(id, 10));
    }
  },
);

test.serial(
  "the same data give the same manifest and split, whatever is known of them already",
  async (t) => {
    const data = await folder(12, 0, [3]);
    const cold = await look(data, SIZES);
    await setTimeout(3000); // files that have just changed are not known
    const settled = await look(data, SIZES);
    const warm = await look(data, SIZES);
    process.env.SSLMEM_CACHE = temporaryDirectory();
    const elsewhere = await look(data, { ...SIZES, cacheImages: "false" });
    for (const again of [settled, warm, elsewhere]) {
      t.is(again.manifest.hash, cold.manifest.hash);
      t.deepEqual(again.split.codes, cold.split.codes);
      t.deepEqual(again.manifest.facts, cold.manifest.facts);
    }
  },
);

test.serial(
  "an image that is replaced, or gone, is refused by name, from the cache as from the disk",
  async (t) => {
    for (const cacheImages of ["true", "false"]) {
      const data = await folder(12);
      const first = await look(data, { ...SIZES, cacheImages });
      const { id } = first.manifest.entry(first.manifest.used[3] as number);
      const again = async () => levels(await look(data, { ...SIZES, cacheImages }, first.root));
      await t.notThrowsAsync(again());
      const now = new Date();
      utimesSync(join(data, id), now, now);
      await t.notThrowsAsync(again(), "other times, the same bytes");
      const other = await picture(200);
      const before = readFileSync(join(data, id));
      writeFileSync(join(data, id), other);
      t.is(other.length, before.length);
      await t.throwsAsync(again(), { code: "DATA", message: new RegExp(`image ${id} .* others now`) });
      writeFileSync(join(data, id), before);
      await t.notThrowsAsync(again(), "put back");
      renameSync(join(data, id), join(data, `${id}.away`));
      await t.throwsAsync(again(), {
        code: "DATA",
        message: new RegExp(`image ${id} .* not there any more`),
      });
    }
  },
);

test.serial("images that nothing uses may change and vanish", async (t) => {
  const data = await folder(20);
  const first = await look(data, SIZES);
  const used = new Set([...first.manifest.used].map((index) => first.manifest.entry(index).id));
  const unused = Array.from({ length: 20 }, (_, i) => `${i}.png`).filter((id) => !used.has(id));
  t.is(unused.length, 10);
  writeFileSync(join(data, unused[0] as string), "other");
  rmSync(join(data, unused[1] as string));
  t.deepEqual(await levels(await look(data, SIZES, first.root)), await levels(first));
});

test.serial(
  "the next of the seeded order takes the place of an unreadable image; the others stay",
  async (t) => {
    const whole = subsets(await look(await folder(20), SIZES));
    const broken = Number.parseInt(whole.candidate?.[0] as string, 10);
    const damaged = await look(await folder(20, 0, [broken]), SIZES);
    const found = subsets(damaged);
    t.is(found.candidate?.length, 2);
    t.false(found.candidate?.includes(`${broken}.png`));
    t.true(found.candidate?.includes(whole.candidate?.[1] as string));
    for (const name of ["shared", "independent", "external"]) t.deepEqual(found[name], whole[name]);
    const [taken] = found.candidate?.filter((id) => id !== whole.candidate?.[1]) ?? [];
    t.false(
      Object.values(whole)
        .flat()
        .includes(taken as string),
      "one that no subset had",
    );
    t.deepEqual(
      damaged.manifest.facts.skipped.map(({ id }) => id),
      [`${broken}.png`],
    );
    t.is(damaged.manifest.read.row(broken), -1);
    t.true(
      damaged.notes.some((line) => line.startsWith(`Skipped 1 unreadable image: ${broken}.png (it is text`)),
    );
    const lines = readFileSync(join(damaged.root, "skipped.jsonl"), "utf8").trim().split("\n");
    t.deepEqual(
      lines.map((line) => JSON.parse(line).id),
      [`${broken}.png`],
    );
  },
);

test.serial("where its own spare is unreadable, too, the one after it is taken", async (t) => {
  const whole = subsets(await look(await folder(30), SIZES));
  const first = Number.parseInt(whole.shared?.[0] as string, 10);
  const once = subsets(await look(await folder(30, 0, [first]), SIZES));
  const [spare] = once.shared?.filter((id) => !whole.shared?.includes(id)) ?? [];
  const second = Number.parseInt(spare as string, 10);
  const twice = await look(await folder(30, 0, [first, second]), SIZES);
  const [other] = subsets(twice).shared?.filter((id) => !whole.shared?.includes(id)) ?? [];
  t.not(other, spare);
  t.deepEqual(
    new Set(twice.manifest.facts.skipped.map(({ id }) => id)),
    new Set([`${first}.png`, `${second}.png`]),
  );
});

test.serial("shares are of the images that can be read", async (t) => {
  const shares: Flags = {
    shared: "0.4",
    candidate: "0.2",
    independent: "0.2",
    external: "0.2",
    limit: "all",
  };
  const { split, manifest } = await look(await folder(23, 0, [1, 5]), shares);
  t.deepEqual(
    SUBSETS.map((name) => split.indices(name).length),
    [7, 3, 3, 3],
  );
  t.true([...split.used()].every((index) => manifest.read.row(index) >= 0));
});

test.serial(
  "--strict ends at an unreadable image, and a data set without readable ones is said to be so",
  async (t) => {
    const all = Array.from({ length: 12 }, (_, i) => i);
    await t.throwsAsync(
      look(await folder(12, 0, [2, 7]), { ...SIZES, strict: "true", limit: "12", shared: "6" }),
      {
        code: "DATA",
        message: /readable image but [27]\.png of .* is not: it is text/,
      },
    );
    await t.throwsAsync(look(await folder(12, 0, all), SIZES), {
      code: "DATA",
      message: /none of the \d+ that were tried is; the first is \d+\.png: it is text/,
    });
  },
);

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
  "how files become pixels is part of what a data set is: turned or not, reduced or not",
  async (t) => {
    const data = temporaryDirectory();
    for (let i = 0; i < 12; i++) {
      const image = sharp(await picture(i, [40, 20])).withMetadata({ orientation: 6 });
      writeFileSync(join(data, `${i}.jpg`), await image.jpeg().toBuffer());
    }
    const sizes = async (flags: Flags) => {
      const found = await look(data, { ...SIZES, ...flags });
      const store = await openStore(found.store);
      const { width, height } = await store.decode(found.manifest.used[0] as number);
      await store.close();
      const entry = found.manifest.entry(found.manifest.used[0] as number);
      t.deepEqual([entry.width, entry.height], [width, height]);
      return { hash: found.manifest.hash, size: [width, height] };
    };
    const hashes = new Set<string>();
    for (const cacheImages of ["true", "false"]) {
      for (const [flags, expected] of [
        [{}, [40, 20]],
        [{ orientation: "exif" }, [20, 40]],
        [{ cacheSide: "16" }, [32, 16]],
        [{ orientation: "exif", cacheSide: "16" }, [16, 32]],
        [{ cacheSide: "30" }, [40, 20]],
      ] as const) {
        const { hash, size } = await sizes({ ...flags, cacheImages });
        t.deepEqual(size, [...expected]);
        hashes.add(hash);
      }
    }
    t.is(hashes.size, 5);
  },
);

test.serial("weights from elsewhere: all images that can be read, none divided", async (t) => {
  const data = await folder(9, 0, [4]);
  const root = join(temporaryDirectory(), "run");
  const flags = new Map([
    ["data", data],
    ["f", "f"],
    ["g", "g"],
  ]) as Map<keyof Settings, string>;
  const resolved = resolveSettings({ flags });
  const run = await openRun({
    ...{ root, resolved, steps: ["score"], force: false, shard: null, command: "test" },
  });
  const { manifest, split } = await allImages(stepContext(run));
  await run.release();
  t.is(split, null);
  t.deepEqual([...manifest.used], [0, 1, 2, 3, 5, 6, 7, 8]);
});

test.serial("what is read again without permission is a sentence of its own", async (t) => {
  const data = await folder(12);
  const { root, manifest } = await look(data, { ...SIZES, cacheImages: "false" });
  const { id } = manifest.entry(manifest.used[0] as number);
  chmodSync(join(data, id), 0);
  if (process.getuid?.() === 0) return t.pass("root may read everything");
  const again = async () => levels(await look(data, { ...SIZES, cacheImages: "false" }, root));
  await t.throwsAsync(again(), { code: "DATA", message: new RegExp(id) });
});
