import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { PACKAGE_ROOT } from "../src/package.js";

/**
 * What is wrong with a value by a file of schemas/, as another program sees it, or null. Ours is zod, which may hold a value
 * to more than the file that is made of it says, or to less.
 */
export function faultsByPublished(name: string, value: unknown): string | null {
  const schema = JSON.parse(readFileSync(`${PACKAGE_ROOT}/schemas/${name}.json`, "utf8"));
  const ajv = new Ajv2020({ allErrors: true });
  return ajv.validate(schema, value) ? null : ajv.errorsText();
}
