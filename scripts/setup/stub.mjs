// Stubs of shared libraries, as CUDA's toolkits have them: the name and the symbols, without the code. To link against one
// proves that the library has every symbol that is used.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "./process.mjs";
import { compiler } from "./tensorflow-binding.mjs";

/** Where the stub of a library lies, beside it: lib/libx.so → lib/stubs/libx.so. */
export const stubPath = (library) => join(dirname(library), "stubs", basename(library));

/** Makes the stub of `whole`, as stubPath(library); libtorch_cuda.so takes 5 MB instead of 456. */
export async function stubOf(whole, library) {
  const names = await symbolsOf(whole, "--defined-only");
  const target = stubPath(library);
  mkdirSync(dirname(target), { recursive: true });
  const source = `${target}.s`;
  const lines = names.map((name) => `.globl "${name}"\n.type "${name}", @function\n"${name}":`);
  writeFileSync(source, `.text\n${lines.join("\n")}\n.section .note.GNU-stack,"",@progbits\n`);
  await run(compiler(), [
    "-shared",
    "-nostdlib",
    "-s",
    `-Wl,-soname,${basename(library)}`,
    source,
    "-o",
    target,
  ]);
  rmSync(source);
}

/** Names in a library's dynamic symbol table, without versions and those it can do without. @param which an option of nm */
export async function symbolsOf(library, which) {
  const lines = (await run("nm", ["-D", which, library])).trim().split("\n");
  const parts = lines.map((line) => line.trim().split(/\s+/).slice(-2));
  const strong = parts.filter(([kind]) => kind !== "w" && kind !== "v");
  return [...new Set(strong.map(([, name]) => name.split("@")[0]))];
}
