import test from "ava";
import { append, ascending, extent, longest, placesWhere } from "../src/arrays.js";

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

test("placesWhere and ascending are what filter and a stable sort give", (t) => {
  const codes = Uint8Array.of(2, 0, 2, 1, 2);
  t.deepEqual([...placesWhere(codes, (code) => code === 2)], [0, 2, 4]);
  t.deepEqual([...placesWhere(codes, (code) => code === 7)], []);
  const close = [0.5, 0.5 + 2 ** -40, 0.5, 0.5 + 2 ** -41, 0, 1 - 2 ** -53];
  const values = Float64Array.from([
    ...close,
    ...Array.from({ length: 1000 }, (_, i) => ((i * 389) % 997) / 997),
  ]);
  const sorted = [...values.keys()].sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  t.deepEqual([...ascending(values)], sorted);
});
