import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { SslMemError } from "../../src/errors.js";
import { lockRun, workersOf } from "../../src/run/lock.js";

const newRun = (): Promise<string> => mkdtemp(join(tmpdir(), "sslmem-lock-"));

async function plant(root: string, name: string, owner: unknown, ageMs = 0): Promise<void> {
  await mkdir(join(root, ".locks"), { recursive: true });
  const path = join(root, ".locks", name);
  await writeFile(path, typeof owner === "string" ? owner : JSON.stringify(owner));
  const then = new Date(Date.now() - ageMs);
  await utimes(path, then, then);
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
  await lock.release();
  t.pass();
});

test("a reused pid is not taken for the owner", async (t) => {
  const root = await newRun();
  await plant(root, "run.lock", { pid: process.ppid, host: hostname(), started: "1" });
  const lock = await lockRun(root, null);
  await lock.release();
  t.pass();
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
  await lock.release();
  t.pass();
});

test("shards work side by side, but neither twice nor beside the whole run", async (t) => {
  const root = await newRun();
  const one = await lockRun(root, "1-of-2");
  const two = await lockRun(root, "2-of-2");
  await t.throwsAsync(lockRun(root, "1-of-2"), { instanceOf: SslMemError });
  await t.throwsAsync(lockRun(root, null), { instanceOf: SslMemError });
  t.deepEqual((await readdir(join(root, ".locks"))).sort(), ["shard-1-of-2.lock", "shard-2-of-2.lock"]);
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
