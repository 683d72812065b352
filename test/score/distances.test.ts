// Distances that are functions are scored as those of the native core are.
import test from "ava";
import { SslMemError } from "../../src/errors.js";
import { alignment as nativeAlignment, viewSchemes } from "../../src/native/index.js";
import { alignment, plainAlignment } from "../../src/score/alignment-by-distance.js";
import { DISTANCES as REGISTERED } from "../../src/score/distances/registry.js";
import type { DistanceDefinition } from "../../src/score/distances/types.js";
import { packedError, unpackedError } from "../../src/score/packed-error.js";
import { normals } from "../native-addon/helpers.js";

const cosine = (u: Float64Array, v: Float64Array) => {
  const dot = u.reduce((sum, value, k) => sum + value * (v[k] as number), 0);
  const norm = (x: Float64Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
  return 1 - dot / (norm(u) * norm(v));
};
const DISTANCES = {
  l2: (u: Float64Array, v: Float64Array) =>
    Math.sqrt(u.reduce((sum, x, k) => sum + (x - (v[k] as number)) ** 2, 0)),
  l1: (u: Float64Array, v: Float64Array) => u.reduce((sum, x, k) => sum + Math.abs(x - (v[k] as number)), 0),
  cosine,
  angular: (u: Float64Array, v: Float64Array) => Math.acos(1 - cosine(u, v)) / Math.PI,
};

for (const scheme of viewSchemes)
  for (const normalize of [true, false])
    for (const [distance, between] of Object.entries(DISTANCES))
      test(`${distance}, ${scheme}, ${normalize ? "unit vectors" : "as they are"}: the plain loops equal the native core`, async (t) => {
        const [samples, views, dim] = [5, 6, 17];
        const x = normals(samples * views * dim);
        const options = { scheme, normalize, keepPairs: true };
        const plain = plainAlignment(x, samples, views, dim, options, between);
        const native = await nativeAlignment(x, samples, views, dim, {
          ...options,
          distance: distance as keyof typeof DISTANCES,
        });
        for (const name of ["loss", "leaveOneOut", "standardError", "pairs"] as const) {
          const [ours, theirs] = [plain[name] as Float64Array, native[name] as Float64Array];
          t.is(ours.length, theirs.length, name);
          // 17 terms of a few roundings each, of values up to about 25; the native core rounds pairs to 2^-56 of the largest.
          for (const [i, value] of ours.entries())
            t.true(Math.abs(value - (theirs[i] as number)) < 25 * 100 * Number.EPSILON, `${name} ${i}`);
        }
      });

test("a representation that is not finite is named", (t) => {
  const x = normals(2 * 2 * 3);
  x[3 * 3 + 1] = Number.NaN;
  const error = t.throws(() =>
    plainAlignment(x, 2, 2, 3, { scheme: "pairs", normalize: true }, DISTANCES.l1),
  );
  t.like(error, { code: "NUMERIC" });
  t.regex(error?.message ?? "", /sample 1, view 1/);
});

test("two views leave nothing to leave out", (t) => {
  const { leaveOneOut, standardError } = plainAlignment(
    normals(6),
    1,
    2,
    3,
    { scheme: "pairs", normalize: true },
    DISTANCES.l2,
  );
  t.deepEqual([...leaveOneOut, ...standardError], [Number.NaN, Number.NaN, Number.NaN]);
});

test("a distance of one's own that throws, or gives what is none, is named", async (t) => {
  const list = REGISTERED as DistanceDefinition[];
  const message = async (between: () => unknown) => {
    const made = { name: "mine", summary: "", between: between as () => number };
    list.push(made);
    const comparison = { distance: "mine", scheme: "pairs", normalize: true } as const;
    const error = await t.throwsAsync(alignment(normals(12), 2, 2, 3, comparison), { code: "USAGE" });
    list.splice(list.indexOf(made), 1);
    return error?.message ?? "";
  };
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, -1, undefined, "1", 1n])
    t.is(
      await message(() => wrong),
      `Expected distances that are finite and not below 0 from distance "mine" but received ${wrong}.`,
    );
  const throws = () => {
    throw new TypeError("u.dot is not a function");
  };
  t.is(await message(throws), 'Expected distance "mine" to work but it threw: u.dot is not a function.');
  list.push({ name: "l2", summary: "" });
  await t.throwsAsync(alignment(normals(12), 2, 2, 3, { distance: "l2", scheme: "pairs", normalize: true }), {
    code: "USAGE",
    message: /every distance but two are called "l2"/,
  });
  list.pop();
});

test("an error comes out of a thread with its sentence, and its stacks beside it", (t) => {
  const cause = new TypeError("inner");
  const known = unpackedError(
    structuredClone(packedError(new SslMemError("DATA", "Said.", "do", { cause }))),
  );
  t.like(known, { code: "DATA", message: "Said.", hint: "do" });
  t.is((known.cause as Error).stack, cause.stack);
  const bug = unpackedError(structuredClone(packedError(cause)));
  t.false(bug instanceof SslMemError);
  t.is(bug.message, "inner", "no stack in the sentence");
  t.is(bug.stack, cause.stack);
  t.is(unpackedError(packedError("text")).message, "text");
});
