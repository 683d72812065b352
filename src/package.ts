import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the package: the nearest one above this file that has a package.json, the same from src/ and from dist/. */
export const PACKAGE_ROOT: string = rootAbove(dirname(fileURLToPath(import.meta.url)));

/** The package's version. */
export const VERSION: string = (
  JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { version: string }
).version;

function rootAbove(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (named(at) === "sslmem") return at;
    if (dirname(at) === at) throw new Error(`Found no package.json of sslmem above ${folder}.`);
  }
}

function named(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: string }).name;
  } catch {
    return undefined;
  }
}
