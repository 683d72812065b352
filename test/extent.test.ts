import test from "ava";
import { extent, longest } from "../src/extent.js";

test("extent takes lists that a call cannot", (t) => {
  const many = Float64Array.from({ length: 300_000 }, (_, i) => ((i * 7919) % 300_000) - 5);
  t.deepEqual(extent(many), [-5, 299_994]);
  t.deepEqual(extent([]), [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
});

test("longest is a length", (t) => {
  t.is(longest(["a", "", "abc"]), 3);
  t.is(longest([]), 0);
});
