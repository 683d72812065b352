import { setImmediate } from "node:timers/promises";
import test from "ava";
import { Ahead } from "../../src/views/prefetch.js";

test("things come in order, as many ahead as asked for and none too many", async (t) => {
  const began: number[] = [];
  const make = async (n: number) => {
    began.push(n);
    await setImmediate();
    return n;
  };
  const ahead = new Ahead(make, 3, 7, 2);
  const taken: number[] = [];
  for (let n = 3; n < 7; n++) {
    taken.push(await ahead.take());
    t.deepEqual(began, [3, 4, 5, 6].slice(0, Math.min(4, n - 3 + 3)));
  }
  t.deepEqual(taken, [3, 4, 5, 6]);
});

test("the next one is under way before a synchronous call that follows", async (t) => {
  let started = 0;
  // As a store that is ready at once, and then native work.
  const make = async () => {
    await Promise.resolve();
    await Promise.resolve();
    started += 1;
  };
  await new Ahead(make, 0, 2, 1).take();
  t.is(started, 2);
});

test("a failure is its own taker's; what is dropped is disposed of", async (t) => {
  const ahead = new Ahead(async (n: number) => (n === 1 ? Promise.reject(new Error("one")) : n), 0, 4, 3);
  t.is(await ahead.take(), 0);
  await t.throwsAsync(ahead.take(), { message: "one" });
  const dropped: number[] = [];
  await ahead.drop((n) => dropped.push(n));
  t.deepEqual(dropped, [2, 3]);
});
