// Long calls leave the event loop free, can be aborted, and protect the memory they use.
import test from "ava";
import { alignment } from "../../src/native/index.js";
import { loadBinding } from "../../src/native/load.js";
import { normals } from "./helpers.js";

const SAMPLES = 300;
const VIEWS = 96;
const DIM = 1024;
const options = {
  distances: ["l2", "l1"],
  scheme: "pairs",
  normalize: true,
  keepPairs: false,
  threads: 1,
} as const;
const long = normals(SAMPLES * VIEWS * DIM); // 4,560 pairs a sample: half a second of work on one thread

test.serial("the event loop ticks during a long call", async (t) => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const started = performance.now();
  // A blocked loop would tick once between two calls, whatever the speed of the machine.
  while (performance.now() - started < 400) await alignment(long, SAMPLES, VIEWS, DIM, { threads: 1 });
  const milliseconds = performance.now() - started;
  clearInterval(timer);
  // At a third of the pace of an idle loop at least; a blocked loop gives none.
  t.true(ticks > milliseconds / 15, `${ticks} ticks of 5 ms in ${milliseconds} ms`);
});

test.serial("an aborted call rejects with the signal's reason, long before its end", async (t) => {
  const started = performance.now();
  await alignment(long, SAMPLES, VIEWS, DIM, { threads: 1 });
  const whole = performance.now() - started;

  const reason = new Error("enough");
  const controller = new AbortController();
  const from = performance.now();
  const promise = alignment(long, SAMPLES, VIEWS, DIM, { threads: 1, signal: controller.signal });
  setTimeout(() => controller.abort(reason), whole / 20);
  t.is(await t.throwsAsync(promise), reason);
  t.true(performance.now() - from < whole / 2);
});

test.serial("a call with an aborted signal does not start", async (t) => {
  const error = await t.throwsAsync(alignment(long, SAMPLES, VIEWS, DIM, { signal: AbortSignal.abort() }), {
    any: true,
  });
  t.is((error as Error).name, "AbortError");
});

test.serial("the flag may lie on a SharedArrayBuffer and be set by anyone", async (t) => {
  const flag = new Int32Array(new SharedArrayBuffer(8), 4, 1);
  const promise = loadBinding().alignment(long, SAMPLES, VIEWS, DIM, options, flag);
  Atomics.store(flag, 0, 1);
  const error = await t.throwsAsync(promise);
  t.is(error?.name, "AbortError");
  t.is((error as NodeJS.ErrnoException).code, "ABORT_ERR");
});

test.serial("an abort after the end changes nothing, and the signal keeps no listener", async (t) => {
  const controller = new AbortController();
  const { loss } = await alignment(normals(12), 2, 3, 2, { signal: controller.signal });
  controller.abort();
  t.is(loss.length, 2);
});

test.serial("inputs stay alive and unchanged results come back when JavaScript drops them", async (t) => {
  const expected = (await alignment(long, SAMPLES, VIEWS, DIM)).loss;
  const again = await alignment(Float32Array.from(long), SAMPLES, VIEWS, DIM); // no other reference is left
  t.deepEqual(again.loss, expected);
});

test.serial("twelve calls at once give what one gives", async (t) => {
  const x = normals(SAMPLES * 8 * 64);
  const one = await alignment(x, SAMPLES, 8, 64, { threads: 1 });
  const many = await Promise.all(
    Array.from({ length: 12 }, (_, i) => alignment(x, SAMPLES, 8, 64, { threads: (i % 3) + 1 })),
  );
  for (const result of many) t.deepEqual(result, one);
});
