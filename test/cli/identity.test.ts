// What a run reads is what is there: data sets, lists and caches that change, or that are known by two names.
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import sharp from "sharp";
import { Manifest, Split } from "../../src/data/index.js";
import { PNG, tarOf } from "../data/inputs.js";
import { temporaryDirectory } from "../train/helpers.js";

const CLI = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** A folder of its own with a cache of its own; the command line in it, which must end with this status. */
function place() {
  const cwd = temporaryDirectory();
  const cache = join(cwd, "cache");
  const env = { ...process.env, SSLMEM_CACHE: cache };
  return {
    cwd,
    cache,
    run(status: number, ...args: string[]): string {
      const all = [CLI, ...args, "--no-progress"];
      const ended = spawnSync(process.execPath, all, { cwd, env, encoding: "utf8", timeout: 100_000 });
      if (ended.status !== status) throw new Error(`${args.join(" ")}: ${ended.status}\n${ended.stderr}`);
      return ended.stderr;
    },
    /** The images of a run: the digests of those it uses, its hash and its division. */
    async images(run: string) {
      const manifest = await Manifest.read(join(cwd, run, "manifest.parquet"));
      const split = await Split.read(join(cwd, run, "split.parquet"), manifest);
      const digest = Buffer.from(manifest.read.digests).toString("hex");
      return { digest, hash: manifest.hash, codes: [...split.codes], count: manifest.count };
    },
  };
}

/** 12 pictures of 2 × 2 that differ, from that number on. */
const pictures = (first: number): Promise<Buffer[]> =>
  Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      sharp({ create: { width: 2, height: 2, channels: 3, background: { r: first + i, g: 0, b: 0 } } })
        .png()
        .toBuffer(),
    ),
  );

const asTar = (images: readonly Buffer[]) => tarOf(images.map((image, i) => [`${i}.png`, image] as const));

/** Lists are kept of what has not changed for some seconds. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 2700));

test("a tar file by a link and by its own name are two: another file beside may have the link's name", async (t) => {
  const { cwd, run, images } = place();
  for (const folder of ["a", "b"]) mkdirSync(join(cwd, folder));
  writeFileSync(join(cwd, "b", "v1.tar"), asTar(await pictures(0)));
  writeFileSync(join(cwd, "b", "data.tar"), asTar(await pictures(100)));
  symlinkSync(join("..", "b", "v1.tar"), join(cwd, "a", "data.tar"));
  await settle();
  run(0, "split", "a/data.tar", "--run", "link");
  run(0, "split", "b/v1.tar", "--run", "own");
  run(0, "split", "b/data.tar", "--run", "other");
  const [link, own, other] = [await images("link"), await images("own"), await images("other")];
  t.is(own.digest, link.digest);
  t.not(own.digest, other.digest);
});

test("a division does not depend on a kept list: links whose files come and go are noticed", async (t) => {
  const { cwd, run, images } = place();
  mkdirSync(join(cwd, "data"));
  mkdirSync(join(cwd, "else"));
  for (const [i, image] of (await pictures(0)).entries()) {
    writeFileSync(join(cwd, "else", `${i}.png`), image);
    symlinkSync(join("..", "else", `${i}.png`), join(cwd, "data", `${i}.png`));
  }
  const [file, away] = [join(cwd, "else", "7.png"), join(cwd, "away.png")];
  renameSync(file, away);
  await settle();
  run(0, "split", "data", "--run", "without");
  t.is((await images("without")).count, 11);
  renameSync(away, file);
  await settle();
  run(0, "split", "data", "--run", "with");
  t.is((await images("with")).count, 12);
  renameSync(file, away);
  run(0, "split", "data", "--run", "again");
  t.deepEqual(await images("again"), await images("without"));
});

test("a list of exclusions that has changed is refused, also in a dry run; one that is gone is not needed", async (t) => {
  const { cwd, run, images } = place();
  mkdirSync(join(cwd, "data"));
  for (const [i, image] of (await pictures(0)).entries()) writeFileSync(join(cwd, "data", `${i}.png`), image);
  const ids = (...names: string[]) => writeFileSync(join(cwd, "ids"), `${names.join("\n")}\n`);
  const split = ["split", "data", "--exclude", "ids", "--shared", "2", "--external", "2"];
  run(0, "split", "data", "--run", "all", "--shared", "2", "--external", "2");
  const candidates = (await images("all")).codes.flatMap((code, i) => (code === 1 ? [`${i}.png`] : []));
  const [one = "", two = ""] = candidates;
  ids(one);
  run(0, ...split, "--run", "r");
  ids("of-no-image.png", one, one);
  t.regex(run(2, ...split, "--run", "r"), /ids in .*ids to be those.*others now.*\nTry: another --run/);
  ids(two);
  t.regex(run(2, ...split, "--run", "r", "--dry-run"), /others now/);
  t.regex(run(2, "train", "--run", "r"), /others now/);
  run(0, ...split, "--run", "r", "--force");
  rmSync(join(cwd, "ids"));
  run(0, ...split, "--run", "r");
  t.is((await images("r")).codes[candidates.length > 0 ? Number.parseInt(two, 10) : 0], 255);
});

test("another folder at the same path with the same names, sizes and times is another data set", async (t) => {
  const { cwd, run, images } = place();
  const then = new Date("2020-01-01");
  for (const [folder, first] of [
    ["data", 0],
    ["next", 100],
  ] as const) {
    mkdirSync(join(cwd, folder));
    for (const [i, image] of (await pictures(first)).entries()) {
      writeFileSync(join(cwd, folder, `${i}.png`), image);
      utimesSync(join(cwd, folder, `${i}.png`), then, then);
    }
    utimesSync(join(cwd, folder), then, then);
  }
  await settle();
  run(0, "split", "data", "--run", "first");
  renameSync(join(cwd, "data"), join(cwd, "before"));
  renameSync(join(cwd, "next"), join(cwd, "data"));
  run(0, "split", "data", "--run", "second");
  t.not((await images("first")).digest, (await images("second")).digest);
  for (const cached of [[], ["--no-cache-images"]])
    t.regex(run(3, "train", "--run", "first", "--epochs", "1", "--batch", "2", ...cached), /others now/);
});

test("files of the cache under each other's names are not taken", async (t) => {
  const { cwd, cache, run, images } = place();
  for (const [folder, first] of [
    ["one", 0],
    ["two", 100],
  ] as const) {
    mkdirSync(join(cwd, folder));
    for (const [i, image] of (await pictures(first)).slice(first / 50).entries())
      writeFileSync(join(cwd, folder, `${i}.png`), image);
  }
  await settle();
  const lists = join(cache, "listings");
  const kept = () => readdirSync(lists).map((name) => join(lists, name));
  run(0, "split", "one", "--run", "one-before");
  const ofOne = kept();
  run(0, "split", "two", "--run", "two-before");
  const ofTwo = kept().filter((path) => !ofOne.includes(path));
  t.is(ofTwo.length, 2);
  for (const [i, path] of ofOne.entries()) copyFileSync(ofTwo[i] as string, path);
  run(0, "split", "one", "--run", "one-after");
  t.deepEqual(await images("one-after"), await images("one-before"), "the list of another data set");
  const [known, listing] = ofTwo as [string, string];
  copyFileSync(listing, known);
  copyFileSync(ofOne.find((path) => path.endsWith(".known")) as string, listing);
  run(0, "split", "two", "--run", "two-after");
  t.deepEqual(await images("two-after"), await images("two-before"), "another kind of file");
});

test("too few images that can be read: how many cannot be, and why, is said", (t) => {
  const { cwd, run } = place();
  mkdirSync(join(cwd, "data"));
  for (let i = 0; i < 12; i++) writeFileSync(join(cwd, "data", `${i}.png`), i < 3 ? PNG : "text");
  const all = ["split", "data", "--run", "r", "--strict"];
  t.regex(
    run(3, ...all.slice(0, -1)),
    /are there.*\nTry: .*; \d images cannot be read, such as 3\.png \(it is text/,
  );
  const sizes = ["--shared", "2", "--candidate", "2", "--independent", "2", "--external", "2"];
  t.regex(
    run(2, "split", "data", "--run", "s", ...sizes),
    /Try: .*; \d images cannot be read, such as \d+\.png \(it is text/,
  );
});

test("what stands in the place of the cache's files is no reason to fail or to wait", async (t) => {
  const { cwd, cache, run, images } = place();
  mkdirSync(join(cwd, "data"));
  for (const [i, image] of (await pictures(0)).entries()) writeFileSync(join(cwd, "data", `${i}.png`), image);
  await settle();
  run(0, "split", "data", "--run", "first");
  const kept = ["listings", "images"].flatMap((folder) =>
    readdirSync(join(cache, folder)).map((name) => join(cache, folder, name)),
  );
  t.is(kept.length, 5);
  for (const path of kept) {
    rmSync(path);
    execFileSync("mkfifo", [path]);
  }
  const said = run(0, "split", "data", "--run", "second");
  t.deepEqual(await images("second"), await images("first"));
  t.regex(said, /cannot keep .*\(Expected the name of a file to write but .* is a pipe\)/);
});
