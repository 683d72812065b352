// Copies what runs on the GPU machine into a folder: node_modules of the run time, dist/, the conformance suite.
// Usage: node pack.mjs FOLDER
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../setup/paths.mjs";
import { sourcesHash } from "./sources.mjs";

const out = process.argv[2];
/** Builds are made by CMake alone there; the tensorflow engine stays at home. jasmine runs the conformance suite. */
const LEFT_OUT = ["cmake-js", "@tensorflow/tfjs-node-gpu"];
const ADDED = ["@tensorflow/tfjs", "jasmine"];
/** What Node never loads: documentation, types, source maps, builds for browsers. */
const USELESS =
  /\.(map|md|markdown|d\.ts|d\.mts|d\.cts|flow|html|ts|tsx)$|\/(docs?|examples?|benchmarks?|\.github|man)(\/|$)/i;
const browser = (path) =>
  /\/@tensorflow\/[^/]+\//.test(path) && /\.js$/.test(path) && !/\.node\.js$/.test(path);

/** The package that `from` sees under a name, as Node looks for it, relative to the root; null if there is none. */
function found(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, "node_modules", name);
    if (existsSync(join(root, path, "package.json"))) return path;
    if (folder === "." || folder === "") return null;
  }
}

const packages = new Set();
function add(name, from) {
  const path = found(name, from);
  if (path === null || packages.has(path)) return;
  packages.add(path);
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, path, "package.json"), "utf8"),
  );
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(needed, path);
}

const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const name of [...Object.keys(dependencies), ...ADDED]) if (!LEFT_OUT.includes(name)) add(name, ".");
if (packages.size === 0) throw new Error("Expected packages in node_modules but found none.");
for (const path of packages) {
  const nested = (file) => file.slice(join(root, path).length).includes("/node_modules");
  cpSync(join(root, path), join(out, path), {
    recursive: true,
    dereference: true,
    // A package's own node_modules come as packages of their own.
    filter: (file) => !nested(file) && !USELESS.test(file.slice(root.length)) && !browser(file),
  });
}
for (const folder of ["dist", "build/conformance"]) {
  mkdirSync(join(out, folder), { recursive: true });
  cpSync(join(root, folder), join(out, folder), {
    recursive: true,
    filter: (file) => !file.endsWith(".map"),
  });
}
// What this pack was made beside: facts.mjs compares it.
writeFileSync(join(out, "SOURCES"), `${sourcesHash(root)}\n`);
console.error(`${packages.size} packages`);
