import { createHash } from "node:crypto";
import test from "ava";
import { keptViews } from "../../src/analyze/view-distances.js";
import { scatterOf } from "../../src/report/collect/scatter.js";
import { commonPoints } from "../../src/report/compare/agreement.js";
import { halfOf, query, scattered, withSession } from "../../src/tables/index.js";

// Computed apart from DuckDB: the same rows must be drawn in every version of it.
const knuth = (index: number) => Number((BigInt(index) * 2654435761n) % 4294967296n);
const md5 = (text: string) => createHash("md5").update(text).digest("hex");

test("the key that scatters an index, and the halves, are Knuth's", async (t) => {
  const rows = await query(
    `SELECT index::DOUBLE AS index, ${scattered("index")}::DOUBLE AS key, ${halfOf("index")}::DOUBLE AS half
     FROM (SELECT unnest([0, 1, 2, 7, 1000, 1281166, 4294967295]) AS index)`,
  );
  for (const { index, key, half } of rows) {
    t.is(key, knuth(index as number));
    t.is(half, Math.floor(knuth(index as number) / 65536) % 2);
  }
});

test("the report's scatter draws the same images in every version of DuckDB", async (t) => {
  const points = `SELECT range AS index, 'image ' || range AS id, 'candidate' AS subset, 0.0::DOUBLE AS lf, 0.0::DOUBLE AS lg, 0.0::DOUBLE AS sslmem FROM range(1000)`;
  const { points: drawn, of } = await scatterOf(points);
  const expected = Array.from({ length: 1000 }, (_, i) => i)
    .sort((a, b) => knuth(a) - knuth(b))
    .slice(0, 100)
    .sort((a, b) => a - b);
  t.is(of, 1000);
  t.deepEqual(
    drawn.map(({ id }) => id),
    expected.map((i) => `image ${i}`),
  );
});

test("the scatter of two runs draws by the ids' MD5", async (t) => {
  const run = `SELECT 'image ' || range AS id, 'candidate' AS subset, range::DOUBLE AS sslmem FROM range(900)`;
  const { points } = await commonPoints(run, run);
  const expected = Array.from({ length: 900 }, (_, i) => `image ${i}`)
    .sort((a, b) => (md5(a) < md5(b) ? -1 : 1))
    .slice(0, 300);
  t.deepEqual(points.map(({ id }) => id).sort(), expected.sort());
});

test("distances of 79,800 pairs of views are read without a list being spread into a call", async (t) => {
  const kept = await withSession({ memory: "1GB" }, async (session) => {
    await session.ask(
      `CREATE TABLE scored AS SELECT range AS index, 0 AS pair, list_transform(range(79800), x -> 0.5) AS views_f,
       list_transform(range(79800), x -> 0.25) AS views_g FROM range(3)`,
    );
    await session.ask("CREATE TABLE points AS SELECT index, 'candidate' AS subset, 1 AS pairs FROM scored");
    return keptViews(session, 400, "pairs");
  });
  t.is(kept?.units, 400);
  t.is(kept?.viewsOf(400), 400);
});
