import { readFileSync } from "node:fs";

/** Folder of the package: two levels above dist/src/run or one above src, wherever package.json is. */
export const PACKAGE_ROOT = findRoot();

/** The package's version. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8")) as { version: string }
).version;

function findRoot(): URL {
  let folder = new URL(".", import.meta.url);
  for (let level = 0; level < 6; level++) {
    try {
      const content = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as { name?: string };
      if (content.name === "sslmem") return folder;
    } catch {
      // not here
    }
    folder = new URL("../", folder);
  }
  return new URL("../../../", import.meta.url);
}
