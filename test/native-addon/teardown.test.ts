// The addon in several environments of one process, and their ends. Each case is a process of its own: a crash at
// exit shows in its status.
import test from "ava";
import { runScript } from "./helpers.js";

const PRELUDE = `
  import { isMainThread, parentPort, Worker } from "node:worker_threads";
  import { fileURLToPath } from "node:url";
  import { alignment, createPack, randomNormal } from $API;
  const self = fileURLToPath(import.meta.url);
  const key = { seed: 3, purpose: 7, epoch: 0, sample: 0, view: 0 };
  const work = (samples) =>
    alignment(randomNormal(key, new Float32Array(samples * 16 * 256)), samples, 16, 256, { threads: 2 });
  const keep = (globalThis.keep = []);
  const hold = () => keep.push(createPack(new Uint8Array(300), new Uint32Array([10]), new Uint32Array([10])));
  const ended = (worker) => new Promise((done) => worker.once("exit", done));
`;

function check(t: import("ava").ExecutionContext, script: string, output: string) {
  const { status, signal, stdout, stderr } = runScript(PRELUDE + script);
  t.is(signal, null);
  t.is(status, 0, stderr);
  t.is(stdout.trim(), output);
}

test("loads in four worker threads at once, computes the same in all, and ends cleanly", (t) => {
  check(
    t,
    `
    if (isMainThread) {
      const workers = Array.from({ length: 4 }, () => new Worker(self));
      const ends = workers.map(ended);
      const sums = await Promise.all(workers.map((w) => new Promise((ok, no) => w.once("message", ok).once("error", no))));
      const codes = await Promise.all(ends);
      const own = (await work(50)).loss.reduce((a, b) => a + b);
      console.log(new Set([own, ...sums]).size, codes.join());
    } else {
      hold();
      const { loss } = await work(50);
      parentPort.postMessage(loss.reduce((a, b) => a + b));
    }`,
    "1 0,0,0,0",
  );
});

test("workers that are terminated in the middle of calls do not take the process with them", (t) => {
  check(
    t,
    `
    if (isMainThread) {
      for (let round = 0; round < 5; round++) {
        const workers = Array.from({ length: 4 }, () => new Worker(self));
        await Promise.all(workers.map((w) => new Promise((ok) => w.once("message", ok))));
        await Promise.all(workers.map((w) => w.terminate()));
      }
      console.log((await work(20)).loss.length);
    } else {
      hold();
      for (let i = 0; i < 6; i++) work(200);
      parentPort.postMessage("busy");
      setInterval(() => {}, 1000);
    }`,
    "20",
  );
});

test("process.exit in the middle of calls keeps its status", (t) => {
  check(
    t,
    `hold(); for (let i = 0; i < 6; i++) work(200); setTimeout(() => { console.log("bye"); process.exit(0); }, 20);`,
    "bye",
  );
});

test("a pack outlives nothing: handles of an ended worker are freed with it", (t) => {
  check(
    t,
    `
    if (isMainThread) {
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 20; i++) await ended(new Worker(self));
      const grown = process.memoryUsage.rss() - before;
      console.log(grown < 400e6 ? "freed" : "grown by " + grown);
    } else {
      keep.push(createPack(new Uint8Array(30e6).fill(1), new Uint32Array([1000]), new Uint32Array([10000])));
    }`,
    "freed",
  );
});
