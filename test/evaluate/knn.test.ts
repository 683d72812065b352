import test from "ava";
import fc from "fast-check";
import { openEngine } from "../../src/engine/index.js";
import { defaultNeighbours, knnAccuracy, type LabelledRepresentations } from "../../src/evaluate/index.js";

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
});

/** Wu et al.'s classifier with loops, in float64. Null when a decision is too close for float32. */
function twin(train: LabelledRepresentations, test: LabelledRepresentations, k: number): number | null {
  const row = ({ values, dim }: LabelledRepresentations, i: number) => [
    ...values.subarray(i * dim, (i + 1) * dim),
  ];
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);
  let right = 0;
  for (let i = 0; i < test.labels.length; i++) {
    const asked = row(test, i);
    const near = Array.from({ length: train.labels.length }, (_, j) => {
      const known = row(train, j);
      return {
        label: train.labels[j] as number,
        cosine: dot(asked, known) / Math.sqrt(dot(asked, asked) * dot(known, known)),
      };
    }).sort((a, b) => b.cosine - a.cosine);
    const cut = near[k - 1];
    const next = near[k];
    if (cut && next && cut.cosine - next.cosine < 1e-5) return null;
    const votes = new Map<number, number>();
    for (const { label, cosine } of near.slice(0, k))
      votes.set(label, (votes.get(label) ?? 0) + Math.exp(cosine / 0.07));
    const [first, second] = [...votes].sort((a, b) => b[1] - a[1]);
    // exp(cosine / 0.07) magnifies float32's error of a cosine, some 1e-7, by 14.
    if (first && second && first[1] - second[1] < 1e-4 * first[1]) return null;
    if (first?.[0] === test.labels[i]) right += 1;
  }
  return right / test.labels.length;
}

const set = (count: number, dim: number) =>
  fc.record({
    values: fc
      .array(fc.integer({ min: -100, max: 100 }), { minLength: count * dim, maxLength: count * dim })
      .map((values) => Float32Array.from(values, (value) => value / 10 + 0.01)),
    labels: fc.array(fc.nat(2), { minLength: count, maxLength: count }),
    dim: fc.constant(dim),
  });

test.serial("the accuracy is that of loops over all pairs", (t) => {
  let compared = 0;
  fc.assert(
    fc.property(
      fc
        .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6 }))
        .chain(([n, dim]) => fc.tuple(set(n, dim), set(9, dim), fc.integer({ min: 1, max: n }))),
      ([train, asked, k]) => {
        const expected = twin(train, asked, k);
        if (expected === null) return;
        compared += 1;
        t.deepEqual(knnAccuracy(train, asked, k), { accuracy: expected, k });
      },
    ),
    { numRuns: 150 },
  );
  t.true(compared > 30, `${compared} compared`);
});

test.serial("more test images than one block of 256 are all judged", (t) => {
  const n = 600;
  // Image i is the direction of i % 3 and has its label, but for the last of all.
  const values = new Float32Array(n * 3);
  for (let i = 0; i < n; i++) values[3 * i + (i % 3)] = 1 + i;
  const labels = Array.from({ length: n }, (_, i) => i % 3);
  const asked = { values, labels: [...labels.slice(0, -1), 7], dim: 3 };
  t.is(
    knnAccuracy({ values: values.subarray(0, 9), labels: [0, 1, 2], dim: 3 }, asked, 1).accuracy,
    (n - 1) / n,
  );
});

test.serial("a tie goes to the smaller class; k is at most the number of training images", (t) => {
  const train = { values: Float32Array.of(1, 0, 1, 0), labels: [4, 2], dim: 2 };
  const one = (label: number) =>
    knnAccuracy(train, { values: Float32Array.of(1, 0), labels: [label], dim: 2 }, 50);
  t.deepEqual(one(2), { accuracy: 1, k: 2 });
  t.deepEqual(one(4), { accuracy: 0, k: 2 });
});

test.serial("the length of a representation does not count, and a zero vector harms nobody", (t) => {
  const train = { values: Float32Array.of(1e-3, 0, 0, 1e3, 0, 0), labels: [0, 1, 2], dim: 2 };
  const asked = { values: Float32Array.of(1e3, 1, 1, 1e3), labels: [0, 1], dim: 2 };
  t.is(knnAccuracy(train, asked, 1).accuracy, 1);
});

test("sets that are empty or of different lengths are a USAGE error", (t) => {
  const train = { values: Float32Array.of(1, 2), labels: [0], dim: 2 };
  const empty = { values: new Float32Array(0), labels: [], dim: 2 };
  for (const [a, b] of [
    [train, empty],
    [empty, train],
    [train, { ...train, dim: 1 }],
  ] as const)
    t.like(
      t.throws(() => knnAccuracy(a, b, 1)),
      { code: "USAGE" },
    );
});

test("by default a tenth of the images vote, one at least and 200 at most", (t) => {
  t.deepEqual([3, 40, 2000, 50_000].map(defaultNeighbours), [1, 4, 200, 200]);
});
