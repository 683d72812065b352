import { readFileSync } from "node:fs";
import test from "ava";
import { PACKAGE_ROOT } from "../../src/package.js";
import { publishedSchemas } from "../../src/report/published.js";

test("schemas/ holds the schemas as they are (node scripts/schemas.mjs writes them)", (t) => {
  const schemas = Object.entries(publishedSchemas());
  t.true(schemas.length > 1);
  for (const [name, schema] of schemas)
    t.deepEqual(
      JSON.parse(readFileSync(`${PACKAGE_ROOT}/schemas/${name}.json`, "utf8")),
      JSON.parse(JSON.stringify(schema)),
      name,
    );
});
