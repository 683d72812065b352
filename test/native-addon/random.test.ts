import test from "ava";
import {
  patchMasks,
  purposes,
  randomNormal,
  randomPermutation,
  randomUniform,
} from "../../src/native/index.js";
import { key } from "./helpers.js";

test("the purposes are those of the core, each once", (t) => {
  t.deepEqual(
    Object.values(purposes),
    Object.values(purposes).map((_, i) => i),
  );
});

test("the same key gives the same numbers, any other field gives others", (t) => {
  const one = randomUniform(key(), new Float32Array(64));
  t.deepEqual(randomUniform(key(), new Float32Array(64)), one);
  for (const field of ["seed", "purpose", "epoch", "sample", "view"] as const) {
    t.notDeepEqual(randomUniform({ ...key(), [field]: key()[field] + 1 }, new Float32Array(64)), one, field);
  }
  // The upper half of a seed counts too.
  t.notDeepEqual(randomUniform({ ...key(), seed: key().seed + 2 ** 32 }, new Float32Array(64)), one);
});

test("a longer array begins with the shorter one; uniform numbers lie in [0, 1)", (t) => {
  const long = randomUniform(key(), new Float32Array(10_000));
  t.deepEqual(long.slice(0, 7), randomUniform(key(), new Float32Array(7)));
  t.true(long.every((x) => x >= 0 && x < 1));
  t.deepEqual(randomNormal(key(), new Float32Array(9)).slice(0, 4), randomNormal(key(), new Float32Array(4)));
});

test("a permutation has every index once", (t) => {
  const order = randomPermutation(key(), new Uint32Array(1000));
  t.deepEqual(
    [...order].sort((a, b) => a - b),
    [...order.keys()],
  );
  t.notDeepEqual([...order], [...order.keys()]);
});

test("patch masks keep distinct patches, per sample and view, whatever the batch", (t) => {
  const { seed, epoch } = key();
  const request = {
    seed,
    epoch,
    purpose: purposes.patchMask,
    samples: new Uint32Array([4, 9]),
    firstView: 3,
    views: 2,
  };
  const masks = patchMasks(request, 196, 49);
  t.is(masks.length, 2 * 2 * 49);
  for (let i = 0; i < 4; i++) {
    const kept = masks.subarray(i * 49, (i + 1) * 49);
    t.is(new Set(kept).size, 49);
    t.true(kept.every((patch) => patch < 196));
  }
  const alone = patchMasks({ ...request, samples: new Uint32Array([9]), firstView: 4, views: 1 }, 196, 49);
  t.deepEqual(alone, masks.slice(3 * 49));
});
