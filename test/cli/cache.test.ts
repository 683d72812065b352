// The cache as the command line shows and cleans it, and what a dry run says of data.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import sharp from "sharp";
import { temporaryDirectory } from "../train/helpers.js";

const cwd = temporaryDirectory();
const cache = join(cwd, "cache");
const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
const call = (line: string, cacheRoot = cache) =>
  spawnSync(process.execPath, [CLI, ...line.split(" ")], {
    cwd,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, SSLMEM_CACHE: cacheRoot },
  });

test.before(async () => {
  mkdirSync(join(cwd, "photos"));
  for (let i = 0; i < 14; i++) {
    const image = sharp({
      create: { width: 9, height: 7, channels: 3, background: { r: 9 * i, g: 0, b: 99 } },
    });
    await image.png().toFile(join(cwd, "photos", `${i}.png`));
  }
  writeFileSync(join(cwd, "photos", "notes.txt"), "no image");
});

test.serial("a dry run looks at the data, counts them, and writes nothing into the run", (t) => {
  const { status, stdout, stderr } = call("split photos --run planned --dry-run --format json");
  t.is(status, 0, stderr);
  const plan = JSON.parse(stdout);
  t.is(plan.images, 14);
  t.deepEqual(plan.subsets, { shared: 2, candidate: 3, independent: 3, external: 3 });
  t.is(plan.listing.kind, "folder");
  t.deepEqual(
    plan.listing.leftOut.map(({ count, first }: { count: number; first: string }) => [count, first]),
    [[1, "notes.txt"]],
  );
  t.is(plan.cache.folder, join(cache, "images"));
  t.regex(stderr, /Left out: .*\(\.txt\): 1, first notes\.txt/);
  t.false(existsSync(join(cwd, "planned")));
  const human = call("audit photos --run planned --dry-run");
  t.regex(human.stdout, /Images: 14 listed; split: 2 shared, 3 candidate, 3 independent, 3 external/);
  t.regex(human.stdout, /would be kept in cache\/images/);
});

test.serial("a dry run ends as the run would: too few images are exit 3", (t) => {
  mkdirSync(join(cwd, "three"));
  for (let i = 0; i < 3; i++) writeFileSync(join(cwd, "three", `${i}.png`), "");
  const { status, stderr } = call("audit three --dry-run");
  t.is(status, 3);
  t.regex(stderr, /at least 8 images/);
});

test.serial("what is kept is listed, and deleted when asked", (t) => {
  t.regex(call("cache").stdout, /no decoded images/);
  t.is(call("split photos --run r").status, 0);
  const { images, bytes } = JSON.parse(call("cache list --format json").stdout);
  t.is(images.length, 1);
  t.is(images[0].images, 11);
  t.is(images[0].data, join(cwd, "photos"));
  t.true(bytes >= 11 * 9 * 7 * 3);
  t.regex(call("cache list").stdout, /11 images {2}used \d{4}-\d\d-\d\d {2}.*photos/);
  t.regex(call("cache clean --unused-days 1").stdout, /^Deleted 0 sets/);
  const kept = readdirSync(join(cache, "images"));
  t.deepEqual(kept.map((name) => name.split(".").at(-1)).sort(), ["json", "pack", "used"]);
  const mark = kept.find((name) => name.endsWith(".used")) as string;
  const another = mark.replace(/[0-9a-f]{12}\.used$/, "0123456789ab.used");
  renameSync(join(cache, "images", mark), join(cache, "images", another));
  const left = call("cache clean --all").stdout;
  t.regex(left, /^Deleted 0 sets.*\nLeft 1 set of decoded images, which another machine used .*--force/);
  t.is(readdirSync(join(cache, "images")).length, 3, "an hour ago a command there may have begun");
  t.regex(call("cache clean --all --force").stdout, /^Deleted 1 set of decoded images/);
  t.deepEqual(readdirSync(join(cache, "images")), []);
  t.is(call("split photos --run r").status, 0);
  t.regex(call("cache clean --all").stdout, /^Deleted 1 set of decoded images/, "this machine loses nothing");
  t.deepEqual(readdirSync(join(cache, "images")), []);
  const again = call("split photos --run r");
  t.is(again.status, 0, again.stderr);
});

test.serial("a dry run on a run that is there says what the run has found, without looking again", (t) => {
  mkdirSync(join(cwd, "some"));
  for (let i = 0; i < 13; i++) copyFileSync(join(cwd, "photos", `${i}.png`), join(cwd, "some", `${i}.png`));
  writeFileSync(join(cwd, "some", "13.png"), "damaged");
  writeFileSync(join(cwd, "some", "notes.txt"), "no image");
  const sizes = "--shared 4 --candidate 3 --independent 3 --external 3";
  const made = call(`split some --run there ${sizes}`);
  t.is(made.status, 0, made.stderr);
  rmSync(join(cwd, "some", "notes.txt"));
  const { status, stdout, stderr } = call("train --run there --dry-run --format json");
  t.is(status, 0, stderr);
  const plan = JSON.parse(stdout);
  t.is(plan.images, 14);
  t.deepEqual(plan.subsets, { shared: 4, candidate: 3, independent: 3, external: 3 });
  t.is(plan.listing.kind, "folder");
  t.is(plan.listing.leftOut[0].first, "notes.txt");
  t.regex(stderr, /as folder, because .*\n.*\n?Left out: .*first notes\.txt/);
  t.regex(stderr, /Skipped 1 unreadable image: 13\.png/);
  t.regex(call("train --run there --dry-run").stdout, /split: 4 shared, .*, as the run has them\./);
  t.is(call("cache clean --all").status, 0);
});

test.serial("doctor says where the cache is, what it holds, and whether it can be written", (t) => {
  const line = (at: string) => {
    const { findings } = JSON.parse(call("doctor --format json", at).stdout);
    const found = findings.find(({ name }: { name: string }) => name === "cache");
    t.is(found.ok, null);
    return found.found as string;
  };
  const none = join(cwd, "not", "there");
  t.regex(
    line(none),
    /not\/there\/images: 0 bytes of decoded images, 0 bytes of lists, [\d.]+ [kMGT]B free on its disk$/,
  );
  t.false(existsSync(join(cwd, "not")));
  t.is(call("split photos --run kept").status, 0);
  t.regex(line(cache), /cache\/images: 2\.\d kB of decoded images, [\d.]+ (bytes|kB) of lists, /);
  t.deepEqual(
    readdirSync(join(cache, "images")).filter((name) => !/\.(pack|json|used)$/.test(name)),
    [],
  );
  t.regex(
    line(join(cwd, "photos", "0.png")),
    /; cannot be written \(ENOTDIR\): images that it does not hold are decoded each time$/,
  );
});

test.serial("slips are told", (t) => {
  for (const [line, words] of [
    ["cache wipe", /list or clean/],
    ["cache clean", /--unused-days or --all/],
    ["cache clean --all --unused-days 3", /both/],
    ["cache clean --unused-days zero", /above 0/],
    ["cache list --all", /with clean/],
    ["cache --force", /with clean/],
  ] as const) {
    const { status, stderr } = call(line);
    t.is(status, 2, line);
    t.regex(stderr, words, line);
  }
});
