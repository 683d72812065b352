import test from "ava";
import { alignment, alignments, nativeDistances, viewSchemes } from "../../src/native/index.js";
import { normals, rejects } from "./helpers.js";

const SAMPLES = 6;
const VIEWS = 4;
const DIM = 33;

test("every distance and scheme gives the shapes it promises", async (t) => {
  const x = normals(SAMPLES * VIEWS * DIM);
  const counts = { pairs: [6, 4], original: [3, 3], disjoint: [2, 2] } as const;
  for (const scheme of viewSchemes) {
    const results = await alignments(x, SAMPLES, VIEWS, DIM, nativeDistances, { scheme, keepPairs: true });
    t.is(results.length, nativeDistances.length);
    for (const [i, result] of results.entries()) {
      const [pairs, left] = counts[scheme];
      t.is(result.loss.length, SAMPLES);
      t.is(result.pairs?.length, SAMPLES * pairs);
      t.is(result.leaveOneOut.length, SAMPLES * left);
      t.true(result.standardError.every((e) => e >= 0));
      const alone = await alignment(x, SAMPLES, VIEWS, DIM, {
        distance: nativeDistances[i],
        scheme,
        threads: 1,
      });
      t.deepEqual(alone.loss, result.loss);
      t.is(alone.pairs, null);
    }
  }
});

test("l2 of unit vectors equals the definition in plain JavaScript", async (t) => {
  const x = normals(SAMPLES * VIEWS * DIM);
  const { loss } = await alignment(x, SAMPLES, VIEWS, DIM);
  for (let s = 0; s < SAMPLES; s++) {
    const unit = Array.from({ length: VIEWS }, (_, v) => {
      const row = [...x.subarray((s * VIEWS + v) * DIM, (s * VIEWS + v + 1) * DIM)];
      const norm = Math.hypot(...row);
      return row.map((value) => value / norm);
    });
    const distances = unit.flatMap((u, i) =>
      unit.slice(i + 1).map((v) => Math.hypot(...u.map((value, k) => value - (v[k] as number)))),
    );
    const mean = distances.reduce((a, b) => a + b) / distances.length;
    // Both sides round each of 33 terms and a few operations more: far below 100 eps of a value near 1.4.
    t.true(Math.abs((loss[s] as number) - mean) < 100 * Number.EPSILON);
  }
});

test("identical views give exactly 0, and an encoder against itself scores exactly 0", async (t) => {
  const row = normals(DIM);
  const same = new Float32Array(VIEWS * DIM).map((_, i) => row[i % DIM] as number);
  for (const { loss, standardError } of await alignments(same, 1, VIEWS, DIM, nativeDistances)) {
    t.deepEqual([...loss, ...standardError], [0, 0]);
  }
  const f = normals(SAMPLES * VIEWS * DIM);
  const [lf, lg] = [await alignment(f, SAMPLES, VIEWS, DIM), await alignment(f.slice(), SAMPLES, VIEWS, DIM)];
  t.deepEqual(lf, lg);
});

test("swapping f and g flips the score's sign exactly", async (t) => {
  const [f, g] = [normals(SAMPLES * VIEWS * DIM, 1), normals(SAMPLES * VIEWS * DIM, 2)];
  const [lf, lg] = [
    (await alignment(f, SAMPLES, VIEWS, DIM)).loss,
    (await alignment(g, SAMPLES, VIEWS, DIM)).loss,
  ];
  const score = (a: Float64Array, b: Float64Array) =>
    [...a].map((l, i) => ((b[i] as number) - l) / ((b[i] as number) + l));
  t.deepEqual(
    score(lf, lg),
    score(lg, lf).map((x) => -x),
  );
  t.true(score(lf, lg).some((x) => x !== 0));
});

test("too few views leave nothing to leave out: NaN, not a number that looks like one", async (t) => {
  const { loss, standardError, leaveOneOut } = await alignment(normals(2 * DIM), 1, 2, DIM);
  t.true((loss[0] as number) > 0);
  t.deepEqual([...standardError, ...leaveOneOut], [Number.NaN, Number.NaN, Number.NaN]);
});

test("a representation that is not finite is a numerical error that names it", async (t) => {
  const x = normals(SAMPLES * VIEWS * DIM);
  x[(2 * VIEWS + 3) * DIM + 5] = Number.NaN;
  await rejects(t, alignment(x, SAMPLES, VIEWS, DIM), "NUMERIC", "NaN at sample 2, view 3, component 5");
});

test("wrong shapes are refused", async (t) => {
  const x = normals(24);
  await rejects(t, alignment(x, 2, 3, 5), "USAGE", "30 elements (samples * views * dim) for representations");
  await rejects(t, alignment(x, 24, 1, 1), "USAGE", "views");
  await rejects(t, alignment(x, 8, 3, 1, { scheme: "disjoint" }), "USAGE", "even number of views");
  await rejects(t, alignment(x, 24, 2, 0), "USAGE", "dim");
  await rejects(t, alignment(x, 2 ** 40, 4096, 2 ** 40), "USAGE", "below 2^53");
  t.is((await alignment(new Float32Array(0), 0, 3, 5)).loss.length, 0);
});
