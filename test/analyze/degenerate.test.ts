import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { analyze } from "../../src/analyze/index.js";
import { writeParquet } from "../../src/tables/index.js";

const root = mkdtempSync(join(tmpdir(), "sslmem-degenerate-"));
let files = 0;

/** Scores of one pair from its losses, as the parts have them. */
async function part(lf: number[], lg: number[], scored: object = {}, pair = 0): Promise<string> {
  const path = join(root, `part-${files++}.parquet`);
  const n = lf.length;
  const f64 = (values: number[]) => Float64Array.from(values);
  const score = lf.map((f, i) =>
    f + (lg[i] as number) === 0 ? 0 : ((lg[i] as number) - f) / ((lg[i] as number) + f),
  );
  const none = f64(lf.map(() => 0.01));
  await writeParquet(
    path,
    {
      index: Int32Array.from({ length: n }, (_, i) => i),
      id: lf.map((_, i) => `image ${i}`),
      subset: lf.map((_, i) => (i % 2 ? "external" : "candidate")),
      label: Int32Array.from({ length: n }),
      lf: f64(lf),
      lg: f64(lg),
      lf_se: none,
      lg_se: none,
      memorization: f64(lf.map((f, i) => (lg[i] as number) - f)),
      memorization_se: none,
      sslmem: f64(score),
      se: none,
      pair: Int32Array.from(lf, () => pair),
    },
    {
      schema: "sslmem/scores@1",
      configuration: JSON.stringify({ distance: "l2", normalize: true, precision: "fp32", ...scored }),
    },
  );
  return path;
}

/** The sentences that are told aloud; they must be the analysis' first ones. */
async function warned(...parts: string[]): Promise<string[]> {
  const heard: string[] = [];
  const onDegenerate = (line: string) => heard.push(line);
  const nothing = { outlierIds: null, knn: [], skipped: [] };
  const { warnings } = await analyze({ parts, ...nothing, onDegenerate });
  if (JSON.stringify(warnings.slice(0, heard.length)) !== JSON.stringify(heard)) throw new Error("not first");
  return heard;
}

const SOME = Array.from({ length: 12 }, (_, i) => 0.2 + 0.01 * i);
const zeros = SOME.map(() => 0);

test("healthy encoders give no such warning, even where single images align perfectly", async (t) => {
  const other = SOME.map((x, i) => x + 0.001 * ((i * 7) % 5));
  t.deepEqual(await warned(await part(SOME, other)), []);
  t.deepEqual(await warned(await part([...zeros.slice(1), 0.2], other)), []);
  t.deepEqual(await warned(await part([...SOME, 0.5], [...SOME, 0.5 + Number.EPSILON / 2])), []);
  t.deepEqual(await warned(await part([...SOME, 0.5], [...SOME, 0.5])), [
    "f and g give the same losses, to the last bit, for all 13 images: they are the same weights, and every score is 0.",
  ]);
});

test("a collapsed f, a collapsed g and both are told by name", async (t) => {
  const [f] = await warned(await part(zeros, SOME));
  t.regex(f ?? "", /^f has collapsed: .* for all 12 images \(losses of at most 0, no more than rounding\)/);
  const [g] = await warned(await part(SOME, zeros));
  t.regex(g ?? "", /^g has collapsed/);
  const [both] = await warned(await part(zeros, zeros));
  t.regex(both ?? "", /^f and g tell no two views .* both have collapsed .*, or the views do not differ/);
});

test("rounding of the precision is no alignment; a little more is", async (t) => {
  const level = (x: number) => SOME.map((_, i) => x * (1 - 0.01 * i));
  for (const [scored, bound] of [
    [{}, 2 ** -17],
    [{ precision: "tf32" }, 2 ** -8],
    [{ precision: "bf16" }, 2 ** -6],
    [{ distance: "l1" }, 2 ** -17],
    [{ distance: "cosine" }, 2 ** -35],
    [{ distance: "angular" }, 2 ** -17 / Math.PI],
  ] as const) {
    t.is((await warned(await part(level(bound), SOME, scored))).length, 1, JSON.stringify(scored));
    t.is((await warned(await part(level(1.01 * bound), SOME, scored))).length, 0, JSON.stringify(scored));
  }
  // Of representations of unknown length only equality says anything.
  t.is((await warned(await part(level(1e-12), SOME, { normalize: false }))).length, 0);
  t.is((await warned(await part(zeros, SOME, { normalize: false }))).length, 1);
});

test("of several pairs the one is named", async (t) => {
  const other = SOME.map((x) => x + 0.01);
  const found = await warned(
    await part(SOME, other),
    await part(zeros, other, {}, 1),
    await part(SOME, SOME, {}, 2),
  );
  t.is(found.length, 2);
  t.regex(found[0] ?? "", /^f of pair 1 has collapsed/);
  t.regex(found[1] ?? "", /^f and g of pair 2 give the same losses/);
});
