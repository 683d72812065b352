import test from "ava";
import { query, typedRows } from "../../src/tables/index.js";

test("rows of a query are read as what they are", async (t) => {
  const rows = await query(
    "SELECT 1::BIGINT AS n, 'a' AS name, NULL::DOUBLE AS sd, [1.5::DOUBLE, 2::DOUBLE] AS values, ['x'] AS ids, true AS yes, 'nan'::DOUBLE AS none",
  );
  const shape = {
    n: "number",
    name: "string",
    sd: "number?",
    values: "number[]",
    ids: "string[]",
    yes: "boolean",
    none: "number",
  } as const;
  t.deepEqual(typedRows(rows, shape), [
    { n: 1, name: "a", sd: null, values: [1.5, 2], ids: ["x"], yes: true, none: Number.NaN },
  ]);
  t.deepEqual(typedRows(rows, { n: "number?" }), [{ n: 1 }]);
});

for (const [kind, value] of [
  ["number", null],
  ["number", "1"],
  ["string", 1],
  ["string?", 1],
  ["boolean", 0],
  ["number[]", [1, null]],
  ["number[]", 1],
  ["string[]", [1]],
] as const)
  test(`${JSON.stringify(value)} is no ${kind}`, (t) => {
    const error = t.throws(() => typedRows([{ x: value }], { x: kind }));
    t.like(error, { code: "INTERNAL" });
    t.regex(error?.message ?? "", /column x/);
  });

test("a column that the query does not give is named", (t) => {
  t.throws(() => typedRows([{ y: 1 }], { x: "number" }), { message: /column x/ });
});
