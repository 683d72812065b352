// Brings one pinned wheel into the cache that all checkouts of a user share: fetched by pip, checked by hash, unpacked
// beside and renamed, so that a folder that exists is whole; under a lock, so that two set-ups do it once.
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { withLock } from "./lock.mjs";
import { cacheRoot } from "./paths.mjs";
import { run, SetupError } from "./process.mjs";
import { stubOf } from "./stub.mjs";

const WHEELS = JSON.parse(readFileSync(new URL("wheels.json", import.meta.url), "utf8"));

/** Version of a pinned wheel. */
export const wheelVersion = (name) => WHEELS[name].version;

/**
 * Folder of the unpacked wheel (only what is needed of it), with the wheels that must lie beside it, as pip would put them.
 * @returns {Promise<string>}
 */
export async function wheel(name, say) {
  const { version, revision, beside = [] } = WHEELS[name];
  const cache = cacheRoot();
  // `revision` counts what is kept of the same version: an older checkout goes on with its own folder.
  const home = join(cache, `${name}-${version}${revision === undefined ? "" : `-${revision}`}`);
  if (existsSync(home)) return home;
  if (process.arch !== "x64" || process.platform !== "linux") {
    throw new SetupError(
      `Expected Linux on x86-64 for the ${name} wheel but this is ${process.platform} on ${process.arch}.`,
    );
  }
  mkdirSync(cache, { recursive: true });
  await withLock(join(cache, `${name}.lock`), async () => {
    if (existsSync(home)) return; // another set-up has done it meanwhile
    const prefix = `unpack-${name}-`;
    // Left by a set-up that was killed; nobody else is at it, since the lock is ours.
    for (const left of readdirSync(cache))
      if (left.startsWith(prefix)) rmSync(join(cache, left), { recursive: true });
    const work = mkdtempSync(join(cache, prefix));
    try {
      const files = [];
      for (const part of [name, ...beside]) files.push(await unpacked(part, work, cache, say));
      renameSync(join(work, "out"), home);
      for (const file of files) rmSync(file);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return home;
}

/** Fetches one wheel and unpacks what is kept of it into work/out; returns the wheel's file. */
async function unpacked(name, work, cache, say) {
  const { version, megabytes, target, sha256, keep, stubs = [] } = WHEELS[name];
  const requirement = `${name}==${version}`;
  const file = await fetched(name, requirement, target, sha256, megabytes, join(cache, "wheels"), say);
  say(`unpacking ${name} ${version}`);
  await extract(file, join(work, "out"), keep);
  if (stubs.length > 0) await extract(file, join(work, "whole"), stubs);
  for (const library of stubs) await stubOf(join(work, "whole", library), join(work, "out", library));
  return file;
}

/** Unpacks the files of a wheel whose names begin with one of `starts`. */
async function extract(file, into, starts) {
  const code =
    "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\n" +
    "z.extractall(sys.argv[2],[n for n in z.namelist() if n.startswith(tuple(sys.argv[3:]))])";
  await run("python3", ["-c", code, file, into, ...starts]);
}

/** The wheel's file; a download that was completed before an interruption is taken up again. */
async function fetched(name, requirement, target, sha256, megabytes, folder, say) {
  mkdirSync(folder, { recursive: true });
  const present = () =>
    readdirSync(folder).find(
      (file) => file.startsWith(`${name.replaceAll("-", "_")}-`) && file.endsWith(".whl"),
    );
  let file = present();
  if (file === undefined || (await hashOfFile(join(folder, file))) !== sha256) {
    say(`fetching ${requirement} with pip (${megabytes} MB)`);
    const arguments_ = [
      "-m",
      "pip",
      "download",
      "-q",
      "--no-deps",
      "--only-binary=:all:",
      ...target,
      "-d",
      folder,
      requirement,
    ];
    await run("python3", arguments_, {
      hint: "check that pip reaches a package index, then run `npm run setup` again",
    });
    file = present();
  }
  const actual = await hashOfFile(join(folder, file));
  if (actual !== sha256) {
    rmSync(join(folder, file));
    throw new SetupError(
      `Expected SHA-256 ${sha256} of ${file} but it is ${actual}; it has been removed.`,
      "npm run setup",
    );
  }
  return join(folder, file);
}

async function hashOfFile(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
