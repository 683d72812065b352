import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type CurateOptions, curate } from "../../src/analyze/curate/index.js";
import { readIdList, writeIdList } from "../../src/data/id-list.js";
import { writeParquet } from "../../src/tables/index.js";
import { normals, type Row, writePart } from "./helpers.js";

const temporary = () => mkdtemp(join(tmpdir(), "sslmem-curate-"));

/** Forty candidates of four classes and ten external images; every fourth score is tied with its neighbour. */
async function scored(): Promise<Pick<CurateOptions, "parts" | "facts">> {
  const folder = await temporary();
  const rows: Row[] = Array.from({ length: 50 }, (_, i) => ({
    subset: i < 40 ? "candidate" : "external",
    sslmem: Math.floor((i * 7) % 40) / 100,
    label: i % 4,
    id: `img-${i}`,
  }));
  const parts = [await writePart(join(folder, "part.parquet"), rows)];
  const facts = join(folder, "facts.parquet");
  await writeParquet(facts, {
    index: Int32Array.from(rows, (_, i) => i),
    brightness: Float64Array.from(rows, (_, i) => (i % 10) / 10),
    contrast: Float64Array.from(rows, (_, i) => (i % 3) / 10),
  });
  return { parts, facts };
}

const common = {
  slices: [],
  labelNames: ["cat", "dog", "horse", "ship"],
  subset: "candidate",
  slice: null,
  like: null,
  match: ["brightness", "contrast"],
  seed: 3,
} satisfies Partial<CurateOptions>;

const number = (id: string) => Number(id.slice(4));
const scoreOf = (id: string) => ((number(id) * 7) % 40) / 100;

test("most and least memorised by definition, ties by index", async (t) => {
  const files = await scored();
  const all = Array.from({ length: 40 }, (_, i) => `img-${i}`);
  const most = await curate({ ...common, ...files, pick: "most", count: 12 });
  t.deepEqual(
    most.ids,
    [...all].sort((a, b) => scoreOf(b) - scoreOf(a) || number(a) - number(b)).slice(0, 12),
  );
  const least = await curate({ ...common, ...files, pick: "least", count: 0.25 });
  t.deepEqual(
    least.ids,
    [...all].sort((a, b) => scoreOf(a) - scoreOf(b) || number(a) - number(b)).slice(0, 10),
  );
  t.is(least.available, 40);
});

test("a random list depends on the seed alone, and holds each image once", async (t) => {
  const files = await scored();
  const list = async (seed: number) =>
    (await curate({ ...common, ...files, pick: "random", count: 15, seed })).ids;
  t.deepEqual(await list(1), await list(1));
  t.notDeepEqual(await list(1), await list(2));
  t.is(new Set(await list(1)).size, 15);
  t.true(
    (await list(1)).every((id) => number(id) < 40),
    "candidates only",
  );
});

test("matched controls share class and quarters as far as there are such, and none is in the list", async (t) => {
  const files = await scored();
  const like = (await curate({ ...common, ...files, pick: "most", count: 12 })).ids;
  const { ids, matched } = await curate({ ...common, ...files, pick: "matched-random", count: 12, like });
  t.is(ids.length, 12);
  t.is(new Set([...ids, ...like]).size, 24);
  const classes = (list: readonly string[]) =>
    [0, 1, 2, 3].map((c) => list.filter((id) => number(id) % 4 === c).length);
  // Ten candidates a class: as long as a class is not used up, its controls come from it.
  for (const [c, n] of classes(like).entries())
    t.is(
      classes(ids)[c],
      Math.min(n, 10 - n) + Math.max(0, (classes(ids)[c] as number) - Math.min(n, 10 - n)),
    );
  t.is(
    matched?.reduce((sum, { n }) => sum + n, 0),
    12,
  );
  t.deepEqual(matched?.[0]?.facts.slice(0, 1), ["class"]);
  // Without --like, the controls are those of the most memorised ones.
  t.deepEqual((await curate({ ...common, ...files, pick: "matched-random", count: 12 })).ids, ids);
});

test("slices by class, by range, and by the key of an analysis", async (t) => {
  const files = await scored();
  const of = async (slice: string, slices: CurateOptions["slices"] = []) =>
    (await curate({ ...common, ...files, pick: "all", count: null, slice, slices })).ids.map(number);
  t.deepEqual(await of("class=dog"), [1, 5, 9, 13, 17, 21, 25, 29, 33, 37]);
  t.deepEqual(await of("brightness=0.85..1"), [9, 19, 29, 39]);
  const slice = { key: "brightness=q1", from: 0, to: 0.05 } as CurateOptions["slices"][number];
  t.deepEqual(await of("brightness=q1", [slice]), [0, 10, 20, 30]);
  for (const unknown of ["class=whale", "brightness=q9", "weight=1..2", "class="])
    await t.throwsAsync(of(unknown), { code: "USAGE", message: /Expected a slice/ }, unknown);
});

test("both ends of a slice are in it, to the last bit", async (t) => {
  const folder = await temporary();
  const normal = normals(41);
  const rows = Array.from({ length: 40 }, (_, i) => ({ subset: "candidate", sslmem: 0, id: `img-${i}` }));
  const parts = [await writePart(join(folder, "part.parquet"), rows)];
  const brightness = Float64Array.from(rows, () => Math.abs(normal()));
  const facts = join(folder, "facts.parquet");
  await writeParquet(facts, { index: Int32Array.from(rows.keys()), brightness });
  for (const [i, value] of brightness.entries()) {
    const slice = { key: "brightness=q1", from: value, to: value } as CurateOptions["slices"][number];
    const options = { ...common, parts, facts, pick: "all", count: null, slice: slice.key } as const;
    t.deepEqual((await curate({ ...options, slices: [slice] })).ids, [`img-${i}`]);
  }
});

test("what cannot be had is one sentence", async (t) => {
  const files = await scored();
  const wrong = (options: Partial<CurateOptions>) =>
    curate({ ...common, ...files, pick: "most", count: 5, ...options });
  await t.throwsAsync(wrong({ count: 41 }), { code: "USAGE", message: /1 to 40 images/ });
  await t.throwsAsync(wrong({ subset: "shared", count: null }), {
    code: "USAGE",
    message: /images of subset shared but there are none/,
  });
  await t.throwsAsync(wrong({ labelNames: null, slice: "class=7" }), {
    code: "USAGE",
    message: /in slice class=7 but there are none/,
  });
  await t.throwsAsync(wrong({ pick: "matched-random", like: ["img-1", "nobody"] }), {
    code: "DATA",
    message: /found 1/,
  });
  await t.throwsAsync(wrong({ pick: "matched-random", count: 25 }), {
    code: "USAGE",
    message: /there are 15/,
  });
});

test("a list comes back as it was written, and an empty one is refused", async (t) => {
  const path = join(await temporary(), "list.txt");
  await writeIdList(path, ["a b.png", "c'd.png"], { pick: "most" });
  t.deepEqual(await readIdList(path), ["a b.png", "c'd.png"]);
  await writeIdList(path, [], {});
  await t.throwsAsync(readIdList(path), { code: "DATA", message: /there are none/ });
  await t.throwsAsync(readIdList(`${path}.nowhere`), { code: "DATA", message: /cannot be read/ });
  await t.throwsAsync(writeIdList(path, ["a\nb"], {}), { code: "DATA" });
});
