import { readFileSync } from "node:fs";
import test from "ava";
import { publishedSchemas } from "../../src/report/published.js";
import { PACKAGE_ROOT } from "../../src/run/version.js";

test("schemas/ holds the schemas as they are (node scripts/schemas.mjs writes them)", (t) => {
  const schemas = Object.entries(publishedSchemas());
  t.true(schemas.length > 1);
  for (const [name, schema] of schemas)
    t.deepEqual(
      JSON.parse(readFileSync(new URL(`schemas/${name}.json`, PACKAGE_ROOT), "utf8")),
      JSON.parse(JSON.stringify(schema)),
      name,
    );
});
