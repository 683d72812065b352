import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import test from "ava";
import { SslMemError } from "../../src/errors.js";
import { beginReplacement, clearLeavings, replaceFile, writeWhole } from "../../src/files/index.js";
import { temporaryDirectory } from "../train/helpers.js";

test("a file appears whole under its name, with its mode; the folders above it are made", async (t) => {
  const folder = temporaryDirectory();
  const path = join(folder, "a", "b", "file");
  await writeWhole(path, "one", { mode: 0o600 });
  t.is(await readFile(path, "utf8"), "one");
  t.is((await stat(path)).mode & 0o777, 0o600);
  await replaceFile(path, (temporary) => writeFile(temporary, "two"));
  t.is(await readFile(path, "utf8"), "two");
  t.deepEqual(await readdir(join(folder, "a", "b")), ["file"]);
});

test("whatever goes wrong, what was there stays and nothing is left beside it", async (t) => {
  const folder = temporaryDirectory();
  const path = join(folder, "file");
  await writeWhole(path, "old");
  await t.throwsAsync(
    replaceFile(path, async (temporary) => {
      await writeFile(temporary, "half");
      throw new Error("no more");
    }),
    { message: "no more" },
  );
  const begun = await beginReplacement(path);
  await begun.handle.writeFile("half");
  await begun.discard();
  await begun.discard();
  t.is(await readFile(path, "utf8"), "old");
  t.deepEqual(await readdir(folder), ["file"]);
});

test("two that write the same file at once each have a temporary of their own", async (t) => {
  const folder = temporaryDirectory();
  const path = join(folder, "file");
  const [one, two] = [await beginReplacement(path), await beginReplacement(path)];
  t.not(one.temporary, two.temporary);
  await one.handle.writeFile("one");
  await two.handle.writeFile("two");
  await one.commit();
  t.is(await readFile(path, "utf8"), "one");
  await two.commit();
  t.is(await readFile(path, "utf8"), "two");
});

test("what is no regular file is not replaced", async (t) => {
  const folder = temporaryDirectory();
  await mkdir(join(folder, "folder"));
  await symlink("/dev/null", join(folder, "link"));
  await once(spawn("mkfifo", [join(folder, "pipe")]), "exit");
  for (const [name, what] of [
    ["folder", "a folder"],
    ["link", "a device"],
    ["pipe", "a pipe"],
  ] as const) {
    const error = await t.throwsAsync(writeWhole(join(folder, name), "x"), { instanceOf: SslMemError });
    t.is(error?.code, "USAGE");
    t.true(error?.message.endsWith(`${name} is ${what}.`), error?.message);
  }
  t.deepEqual((await readdir(folder)).sort(), ["folder", "link", "pipe"]);
});

test("a living writer touches its temporary, so that nobody takes it for a leaving", async (t) => {
  const folder = temporaryDirectory();
  const { temporary, discard } = await beginReplacement(join(folder, "file"));
  const old = new Date(Date.now() - 3_600_000);
  await utimes(temporary, old, old);
  await setTimeout(11_000);
  t.true(Date.now() - (await stat(temporary)).mtimeMs < 60_000);
  t.deepEqual(await clearLeavings(folder), []);
  t.deepEqual(await readdir(folder), [basename(temporary)]);
  await discard();
});
