import test from "ava";
import fc from "fast-check";
import { classMem, selectivity, unitMem } from "../../../src/localize/index.js";
import { farthest } from "../../close.js";

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** The equations as they are written, with one copy of the others for each unit. */
function unitMemTwin(means: number[]) {
  const largest = Math.max(...means);
  const others = means.filter((_, i) => i !== means.indexOf(largest)).sort((a, b) => a - b);
  const middle = others.length >> 1;
  const median =
    others.length % 2 === 1 ? (others[middle] as number) : mean(others.slice(middle - 1, middle + 1));
  const ratio = (rest: number) => (largest === 0 ? 0 : (largest - rest) / (largest + rest));
  return { mean: ratio(mean(others)), median: ratio(median), top: means.indexOf(largest) };
}

const activations = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 10, noNaN: true })), {
  minLength: 2,
  maxLength: 40,
});

test("UnitMem is the paper's ratio, for the mean and for the median of the others", (t) => {
  fc.assert(
    fc.property(activations, (means) => {
      fc.pre(Math.max(...means) === 0 || Math.max(...means) > 1e-300);
      const ours = unitMem(means, 3);
      const twin = unitMemTwin(means);
      // Sums of at most 40 float64 numbers, and a ratio: 40 units in the last place of 1, and a few.
      t.is(farthest([ours.unitmem, ours.unitmem_median], [twin.mean, twin.median], 50 * 2 ** -52), null);
      t.is(ours.top[0], twin.top);
      t.is(ours.maximum, means[twin.top] as number);
    }),
  );
  // One image excites the unit four times as much as the others: (4 − 1) / (4 + 1).
  t.is(unitMem([1, 4, 1, 1], 2).unitmem, 0.6);
  t.is(unitMem([0, 4, 0, 3], 2).unitmem, 0.6);
  t.is(unitMem([0, 4, 0, 3], 2).unitmem_median, 1);
  t.deepEqual(unitMem([0, 4, 0, 3], 3).top, [1, 3, 0]);
});

test("a dead unit memorises nothing; a ratio of mixed signs is not defined", (t) => {
  t.is(unitMem([0, 0, 0], 1).unitmem, 0);
  t.is(selectivity(-1, -2), Number.NaN);
  t.is(selectivity(1, -1), Number.NaN);
  t.is(selectivity(1, -0.5), Number.NaN, "not 3");
});

test("ClassMem is the ratio of class means; images without a label do not count", (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 5, noNaN: true }), fc.option(fc.nat(3))), { maxLength: 30 }),
      (rows) => {
        fc.pre(rows.every(([value]) => value === 0 || value > 1e-300));
        const classes = [0, 1, 2, 3]
          .map((label) => rows.filter((row) => row[1] === label).map(([value]) => value))
          .filter((values) => values.length > 0)
          .map(mean)
          .sort((a, b) => b - a);
        const ours = classMem(
          rows.map(([value]) => value),
          rows.map(([, label]) => label),
        ).classmem;
        if (classes.length < 2) return t.is(ours, Number.NaN);
        const [high, ...rest] = classes as [number, ...number[]];
        const twin = high === 0 ? 0 : (high - mean(rest)) / (high + mean(rest));
        t.is(farthest([ours], [twin], 50 * 2 ** -52), null);
      },
    ),
  );
  t.deepEqual(classMem([1, 3, 9, 100], [0, 0, 5, null]), { classmem: (9 - 2) / (9 + 2), label: 5 });
});
