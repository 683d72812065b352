import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync, utimesSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { SslMemError } from "../../src/errors.js";
import { ownerHere, TOUCH_MS } from "../../src/files/index.js";
import { lockRun } from "../../src/run/lock.js";
import { workersOf } from "../../src/run/workers.js";

const newRun = (): Promise<string> => mkdtemp(join(tmpdir(), "sslmem-lock-"));

async function plant(root: string, name: string, owner: unknown, ageMs = 0): Promise<void> {
  await mkdir(join(root, ".locks"), { recursive: true });
  const path = join(root, ".locks", name);
  await writeFile(path, typeof owner === "string" ? owner : JSON.stringify(owner));
  const then = new Date(Date.now() - ageMs);
  await utimes(path, then, then);
}

/** The lock files of a run, without the part of their names that is random, and what they say. */
async function locksOf(root: string): Promise<Record<string, { pid?: number; started?: string }>> {
  const names = (await readdir(join(root, ".locks"))).filter((name) => name.endsWith(".lock")).sort();
  const read = async (name: string) => [
    name.replace(/\.[0-9a-f]{16}\./, "."),
    JSON.parse(await readFile(join(root, ".locks", name), "utf8")),
  ];
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** That the run has one lock, and that it is this process'. */
async function isOurs(t: ExecutionContext, root: string): Promise<void> {
  const locks = await locksOf(root);
  t.deepEqual(Object.keys(locks), ["run.lock"]);
  t.like(locks["run.lock"], { pid: process.pid, started: ownerHere().started });
}

/** A pid that is free now: of a child that has ended and been reaped. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", "0"]);
  await once(child, "exit");
  return child.pid as number;
}

test("one process at a time; released means free", async (t) => {
  const root = await newRun();
  const first = await lockRun(root, null);
  const error = await t.throwsAsync(lockRun(root, null), { instanceOf: SslMemError });
  t.is(error?.code, "USAGE");
  t.true(error?.message.includes(`process ${process.pid} on ${hostname()}`));
  await first.release();
  const again = await lockRun(root, null);
  await again.release();
  t.deepEqual(await readdir(join(root, ".locks")), []);
});

test("a lock whose process is dead is taken over", async (t) => {
  const root = await newRun();
  await plant(root, "run.lock", { pid: await deadPid(), host: hostname(), started: "1" });
  const lock = await lockRun(root, null);
  await isOurs(t, root);
  await lock.release();
});

test("a reused pid is not taken for the owner", async (t) => {
  const root = await newRun();
  await plant(root, "run.lock", { pid: process.ppid, host: hostname(), started: "1" });
  const lock = await lockRun(root, null);
  await isOurs(t, root);
  await lock.release();
});

test("our own pid and host name in another container, or at another time, are not ours", async (t) => {
  const root = await newRun();
  const here = { ...ownerHere(), host: hostname() };
  await plant(root, "run.lock", { ...here, started: "1" });
  const restarted = await lockRun(root, null);
  await isOurs(t, root);
  await restarted.release();
  // Another container of this machine: silent for a minute, it is dead.
  await plant(root, "run.lock", { ...here, namespace: "1", pid: 1 }, 61_000);
  const silent = await lockRun(root, null);
  await isOurs(t, root);
  await silent.release();
});

test("an owner in another container is waited for: it shows itself, or grows stale", async (t) => {
  const root = await newRun();
  const path = join(root, ".locks", "run.lock");
  await plant(root, "run.lock", { ...ownerHere(), host: "box", namespace: "1" }, 57_000);
  const waits: [number, string][] = [];
  const lock = await lockRun(root, null, (...wait) => waits.push(wait));
  t.is(waits.length, 1);
  t.true((waits[0]?.[0] ?? 0) <= 3 && waits[0]?.[1] === `process ${process.pid} on box`, `${waits}`);
  await isOurs(t, root);
  await lock.release();
  await plant(root, "run.lock", { ...ownerHere(), host: "box", namespace: "1" }, 30_000);
  const touch = setTimeout(() => utimes(path, new Date(), new Date()), 500);
  const began = Date.now();
  await t.throwsAsync(lockRun(root, null), { message: /on box is working in it/ });
  clearTimeout(touch);
  t.true(Date.now() - began < 10_000);
  t.deepEqual(Object.keys(await locksOf(root)), ["run.lock"]);
});

test("a lock is touched while its owner computes and nothing else runs", async (t) => {
  const root = await newRun();
  const lock = await lockRun(root, null);
  const [name] = (await readdir(join(root, ".locks"))).filter((file) => file.endsWith(".lock"));
  const path = join(root, ".locks", name as string);
  const then = new Date(Date.now() - 50_000);
  utimesSync(path, then, then);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.5 * TOUCH_MS);
  t.true(Date.now() - statSync(path).mtimeMs < TOUCH_MS);
  await lock.release();
});

test("of many that reach for a run at once, over locks of the dead, never two have it", async (t) => {
  const root = await newRun();
  const script = fileURLToPath(new URL("lock-racer.js", import.meta.url));
  const dead = String(await deadPid());
  const racers = Array.from({ length: 8 }, async () => {
    const child = spawn(process.execPath, [script, root, "4000", dead]);
    let [out, error] = ["", ""];
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (error += text));
    const [status] = await once(child, "close");
    return { status, held: Number(out), error };
  });
  const ended = await Promise.all(racers);
  for (const { status, error } of ended) t.is(status, 0, error);
  const held = ended.reduce((sum, one) => sum + one.held, 0);
  t.log(`${held} times held by one of 8`);
  t.true(held >= 20, `${held}`);
});

test("a live process of this host, and a fresh lock of another, are respected; an old one of another host is not", async (t) => {
  const root = await newRun();
  await plant(root, "run.lock", { pid: process.ppid, host: hostname(), started: null });
  await t.throwsAsync(lockRun(root, null), { instanceOf: SslMemError });
  await plant(root, "run.lock", { pid: 1, host: "elsewhere", started: null }, 60_000);
  await t.throwsAsync(lockRun(root, null), { message: /process 1 on elsewhere/ });
  await plant(root, "run.lock", { pid: 1, host: "elsewhere", started: null }, 10 * 60_000);
  const lock = await lockRun(root, null);
  await lock.release();
});

test("a lock cut short by a crash is taken over once it is old", async (t) => {
  const root = await newRun();
  await plant(root, "run.lock", '{"pid":', 60_000);
  const lock = await lockRun(root, null);
  await isOurs(t, root);
  await lock.release();
});

test("shards work side by side, but neither twice nor beside the whole run", async (t) => {
  const root = await newRun();
  const one = await lockRun(root, "1-of-2");
  const two = await lockRun(root, "2-of-2");
  await t.throwsAsync(lockRun(root, "1-of-2"), { instanceOf: SslMemError });
  await t.throwsAsync(lockRun(root, null), { instanceOf: SslMemError });
  t.deepEqual(Object.keys(await locksOf(root)), ["shard-1-of-2.lock", "shard-2-of-2.lock"]);
  await one.release();
  await two.release();
  const whole = await lockRun(root, null);
  await t.throwsAsync(lockRun(root, "1-of-2"), { instanceOf: SslMemError });
  await whole.release();
});

test("those who watch see what each process computes on; the lock stays a lock", async (t) => {
  const root = await newRun();
  const [first, second] = [await lockRun(root, "1-of-2"), await lockRun(root, "2-of-2")];
  await second.at("cuda:1");
  const seen = (await workersOf(root)).map(({ shard, pid, device }) => [shard, pid, device]);
  t.deepEqual(seen, [
    ["1-of-2", process.pid, null],
    ["2-of-2", process.pid, "cuda:1"],
  ]);
  const scored = { worker: 0, device: "cuda:1", parts: 2, images: 64, imagesPerSecond: 8 };
  // Not waited for one by one: the last one stays.
  await Promise.all([
    second.scoring([scored]),
    second.at("cuda:2"),
    second.scoring([{ ...scored, parts: 3 }]),
  ]);
  t.like((await workersOf(root))[1], { device: "cuda:2", scoring: [{ ...scored, parts: 3 }] });
  t.deepEqual((await workersOf(root))[0]?.scoring, []);
  await t.throwsAsync(lockRun(root, "2-of-2"), { message: new RegExp(`process ${process.pid} on`) });
  // What is still to be written when the lock is let go, or comes later, does not bring it back.
  const [late] = [second.scoring([scored]), first.scoring([scored])];
  await first.release();
  await second.release();
  await Promise.all([late, second.scoring([scored])]);
  t.deepEqual(await readdir(join(root, ".locks")), []);
});
