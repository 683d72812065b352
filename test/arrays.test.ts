import test from "ava";
import fc from "fast-check";
import { append, ascending, extent, longest, placesWhere } from "../src/arrays.js";

/** Places in ascending order of their values by the language's own sort, which is stable. */
const sorted = (values: Float64Array) =>
  Uint32Array.from([...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number)));

/** Numbers in [0, 1): any, few different ones, and some that the first 32 bits do not tell apart. */
const number = fc.oneof(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true, noDefaultInfinity: true }).map(Math.abs),
  fc.nat(7).map((eighth) => eighth / 8),
  fc.tuple(fc.nat(3), fc.nat(1000)).map(([quarter, low]) => quarter / 4 + low * 2 ** -50),
  fc.nat(2 ** 17).map((high) => high / 2 ** 18),
);

test("ascending is a stable sort", (t) => {
  fc.assert(
    fc.property(fc.array(number, { maxLength: 300 }), (list) => {
      const values = Float64Array.from(list);
      t.deepEqual(ascending(values), sorted(values));
    }),
    { numRuns: 150 },
  );
});

test("ascending sorts as many numbers as a large data set has, all shares of few classes", (t) => {
  const values = Float64Array.from({ length: 200_000 }, (_, i) => (((i * 7919) % 1999) + 0.5) / 2000);
  t.deepEqual(ascending(values), sorted(values));
});

test("places of codes are those of the wanted ones, ascending", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ max: 4, maxLength: 100 }), fc.nat(4), (codes, wanted) => {
      const expected = [...codes.keys()].filter((place) => codes[place] === wanted);
      t.deepEqual([...placesWhere(codes, (code) => code === wanted)], expected);
    }),
  );
});

test("extent takes lists that a call cannot", (t) => {
  const many = Float64Array.from({ length: 300_000 }, (_, i) => ((i * 7919) % 300_000) - 5);
  t.deepEqual(extent(many), [-5, 299_994]);
  t.deepEqual(extent([]), [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});

test("longest is a length", (t) => {
  t.is(longest(["a", "", "abc"]), 3);
  t.is(longest([]), 0);
});

test("append takes lists that a call cannot", (t) => {
  const list = [1];
  append(list, new Uint8Array(300_000));
  t.is(list.length, 300_001);
  t.is(list[0], 1);
});
