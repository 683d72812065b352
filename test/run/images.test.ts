// From a data set to the images of a run: what is read, what it is known by, and what takes the place of what cannot be read.
import { chmodSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import test from "ava";
import sharp from "sharp";
import type { Settings } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { openStore, SUBSETS } from "../../src/data/index.js";
import { openRun } from "../../src/run/open-run.js";
import { allImages } from "../../src/steps/divided-images.js";
import { stepContext } from "../../src/steps/step-context.js";
import { temporaryDirectory } from "../train/helpers.js";
import { type Flags, folder, levels, look, picture, SIZES, subsets } from "./looking.js";

test.beforeEach(() => {
  process.env.SSLMEM_CACHE = temporaryDirectory();
});

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
    root,
    resolved,
    steps: ["score"],
    force: false,
    shard: null,
    command: "test",
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
