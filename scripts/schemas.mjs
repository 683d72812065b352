// Writes schemas/: the JSON Schemas of the files that other programs read, out of the zod schemas that the tests hold the
// files to. Run it after a change of one (npm run build first); a test fails when they differ.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup/paths.mjs";

const { publishedSchemas } = await import("../dist/src/report/published.js");
mkdirSync(join(root, "schemas"), { recursive: true });
for (const [name, schema] of Object.entries(publishedSchemas()))
  writeFileSync(join(root, "schemas", `${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
