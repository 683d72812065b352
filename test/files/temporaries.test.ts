import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import test from "ava";
import { resolveSettings } from "../../src/config/resolve.js";
import { SslMemError } from "../../src/errors.js";
import { clearLeavings, isTemporary, ownerHere, sightOf, temporaryName } from "../../src/files/index.js";
import { openRun } from "../../src/run/open-run.js";
import { temporaryDirectory } from "../train/helpers.js";

/** A name as another owner would make it. */
function named(folder: string, changes: Partial<ReturnType<typeof ownerHere>>): string {
  const { machine, namespace, pid, started } = { ...ownerHere(), ...changes };
  const random = basename(temporaryName("x")).slice(-20);
  return join(folder, `.sslmem-${machine}-${namespace}-${pid}-${started}-${random}`);
}

/** A child that has started, and how to end it. */
async function child(): Promise<{ pid: number; end: () => Promise<void> }> {
  const process_ = spawn(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)"]);
  await once(process_.stdout, "data");
  const end = async () => {
    process_.kill("SIGKILL");
    await once(process_, "exit");
  };
  return { pid: process_.pid as number, end };
}

const AGO = (minutes: number) => new Date(Date.now() - minutes * 60_000);

test("names never meet, say whose they are, and fit wherever the name that they stand for does", (t) => {
  const names = Array.from({ length: 1000 }, () => temporaryName(`/a/${"n".repeat(255)}`));
  t.is(new Set(names).size, 1000);
  const name = basename(names[0] as string);
  t.is(dirname(names[0] as string), "/a");
  t.true(isTemporary(name) && name.length < 128 && name.startsWith("."));
  t.false(isTemporary("weights.tmp") || isTemporary("analysis.json"));
  t.true(isTemporary("config.json.123.tmp")); // of earlier versions
});

test("leavings of the dead are cleared at once, of the silent in time, of the living never", async (t) => {
  const folder = temporaryDirectory();
  const living = await child();
  const gone = await child();
  await gone.end();
  const dead = named(folder, { pid: gone.pid });
  const reused = named(folder, { started: "1" }); // our pid, at another time
  const other = { namespace: "1" };
  const machine = { machine: "0123456789ab" };
  const kept = [
    temporaryName(join(folder, "own")),
    named(folder, { pid: living.pid, started: "0" }),
    named(folder, { ...other, pid: gone.pid }),
    named(folder, { ...machine, pid: gone.pid }),
    join(folder, "weights.tmp"),
  ];
  const silent = [named(folder, other), named(folder, machine)];
  for (const path of [dead, reused, ...kept, ...silent]) await writeFile(path, "x");
  await mkdir(`${dead}-spill`);
  await writeFile(join(`${dead}-spill`, "block"), "x");
  for (const path of silent) await utimes(path, AGO(16), AGO(16));
  for (const path of kept.slice(0, 2)) await utimes(path, AGO(999), AGO(999));
  for (const path of kept.slice(2)) await utimes(path, AGO(14), AGO(14));
  const cleared = await clearLeavings(folder);
  await living.end();
  t.deepEqual(
    cleared.sort(),
    [dead, `${dead}-spill`, reused, ...silent].map((path) => basename(path)).sort(),
  );
  t.deepEqual((await readdir(folder)).sort(), kept.map((path) => basename(path)).sort());
});

test("a spill folder, which nobody touches, lives as long as its file of another machine is fresh", async (t) => {
  const folder = temporaryDirectory();
  const machine = { machine: "0123456789ab" };
  /** A file (null: none) and its spill folder, touched so many minutes ago. */
  const pair = async (file: number | null, spill: number) => {
    const path = named(folder, machine);
    if (file !== null) await writeFile(path, "x");
    if (file !== null) await utimes(path, AGO(file), AGO(file));
    await mkdir(`${path}-spill`);
    await utimes(`${path}-spill`, AGO(spill), AGO(spill));
    return basename(path);
  };
  const working = await pair(0, 999);
  const stale = await pair(16, 0);
  const gone = await pair(null, 16);
  const justGone = await pair(null, 14);
  t.deepEqual((await clearLeavings(folder)).sort(), [stale, `${stale}-spill`, `${gone}-spill`].sort());
  t.deepEqual((await readdir(folder)).sort(), [working, `${working}-spill`, `${justGone}-spill`].sort());
});

test("a process that has ended but was not reaped is dead", async (t) => {
  // The shell's child ends at once; the shell becomes a program that never asks how.
  const shell = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"]);
  const [pid] = (await once(shell.stdout, "data")) as [Buffer];
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.is(sightOf({ ...ownerHere(), pid: Number(pid), started: "0" }), "dead");
  t.is(sightOf({ ...ownerHere(), pid: shell.pid as number, started: "0" }), "alive");
  shell.kill("SIGKILL");
});

test("a folder with nothing but leavings of ours is an empty one for a run; others are refused", async (t) => {
  const root = temporaryDirectory();
  await writeFile(join(root, "config.json.77.tmp"), "");
  await writeFile(named(root, { machine: "0123456789ab" }), "");
  const dead = named(root, { started: "1" });
  await writeFile(dead, "");
  const resolved = resolveSettings({ flags: new Map([["data", "synthetic:count=9"] as const]) });
  const options = { root, resolved, steps: ["split"], force: false, shard: null, command: "t" } as const;
  const run = await openRun(options);
  await run.release();
  await t.throwsAsync(stat(dead), { code: "ENOENT" });
  const other = temporaryDirectory();
  await writeFile(join(other, "thesis.tmp"), "");
  const error = await t.throwsAsync(openRun({ ...options, root: other }), { instanceOf: SslMemError });
  t.regex(error?.message ?? "", /holds other files \(thesis.tmp\)/);
});

test("--force with a shard is refused before anything moves, with the way to start over", async (t) => {
  const root = join(temporaryDirectory(), "a run");
  const resolved = resolveSettings({ flags: new Map([["data", "synthetic:count=9"] as const]) });
  const options = { root, resolved, steps: ["score"], force: false, shard: "1-of-2", command: "t" } as const;
  await (await openRun(options)).release();
  await mkdir(join(root, "scores"));
  await writeFile(join(root, "scores", "part-of-the-other"), "x");
  await writeFile(join(root, "analysis.json"), "{}");
  const before = await readdir(root);
  const error = await t.throwsAsync(openRun({ ...options, force: true }), { instanceOf: SslMemError });
  t.is(error?.code, "USAGE");
  t.deepEqual(await readdir(root), before);
  const command = /to start over, first and once: (.+)$/.exec(error?.hint ?? "")?.[1] as string;
  const [status] = await once(spawn("sh", ["-c", command]), "exit");
  t.is(status, 0, command);
  t.deepEqual(await readdir(join(root, "replaced-1", "scores")), ["part-of-the-other"]);
  t.false((await readdir(root)).includes("analysis.json"));
});
