import test from "ava";
import { jackknife, memorization, scoreOf, sslmem } from "../../src/score/index.js";

test("equal losses give exactly 0, and both 0 too", (t) => {
  for (const loss of [0, 1e-300, 0.3, 7]) {
    t.is(sslmem(loss, loss), 0);
    t.is(memorization(loss, loss), 0);
  }
});

test("swapping f and g flips the sign exactly, and keeps the errors", (t) => {
  const f = { loss: 0.31, leaveOneOut: [0.3, 0.32, 0.29, 0.33] };
  const g = { loss: 0.47, leaveOneOut: [0.5, 0.41, 0.46, 0.52] };
  const [one, other] = [scoreOf(f, g), scoreOf(g, f)];
  t.is(one.sslmem, -other.sslmem);
  t.is(one.memorization, -other.memorization);
  t.is(one.se, other.se);
  t.is(one.memorization_se, other.memorization_se);
  t.true(one.sslmem > 0 && one.sslmem < 1);
});

test("the jackknife of a mean is its standard error", (t) => {
  const values = [1, 4, 2, 8, 5, 7];
  const n = values.length;
  const sum = values.reduce((a, b) => a + b);
  const leaveOneOut = values.map((value) => (sum - value) / (n - 1));
  const variance = values.reduce((total, value) => total + (value - sum / n) ** 2, 0) / (n - 1);
  t.true(Math.abs(jackknife(leaveOneOut) - Math.sqrt(variance / n)) < 1e-12);
  t.true(Number.isNaN(jackknife([1])));
});

test("sslmem lies in [-1, 1]", (t) => {
  t.is(sslmem(0, 2), 1);
  t.is(sslmem(2, 0), -1);
});
