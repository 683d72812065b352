// The code of docs/extending.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { PACKAGE_ROOT } from "../src/package.js";

/** A block of the page: a file of its own, or lines that a file gets. */
export interface PageBlock {
  path: string;
  code: string;
  isWhole: boolean;
}

export function pageBlocks(): PageBlock[] {
  const page = readFileSync(join(PACKAGE_ROOT, "docs", "extending.md"), "utf8");
  const blocks = [...page.matchAll(/```ts\n\/\/ (\S+?\.ts)(:.*)?\n([\s\S]*?)```/g)];
  return blocks.map(([, path = "", more, code = ""]) => ({ path, code, isWhole: more === undefined }));
}

export const compiled = async (code: string): Promise<string> =>
  (await transform(code, { loader: "ts", target: "esnext" })).code;

/** A file of the page as a module beside the sources that it is for. @param path as the page has it */
export async function pageModule(path: string): Promise<Record<string, unknown>> {
  const block = pageBlocks().find((one) => one.path === path && one.isWhole);
  if (block === undefined) throw new Error(`${path} is not on the page.`);
  const from = pathToFileURL(join(PACKAGE_ROOT, "dist", path));
  const code = (await compiled(block.code)).replaceAll(
    /from "(\.[^"]+)"/g,
    (_, relative: string) => `from "${new URL(relative, from).href}"`,
  );
  const folder = mkdtempSync(join(tmpdir(), "sslmem-page-"));
  try {
    const file = join(folder, `${basename(dirname(path))}-${basename(path, ".ts")}.mjs`);
    writeFileSync(file, code);
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
