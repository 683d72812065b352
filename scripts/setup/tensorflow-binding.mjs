// Compiles tfjs-node-gpu's own Node-API binding against an unpacked TensorFlow wheel.
//
// The npm package would fetch libtensorflow 2.9.1 from a file server instead; its installer never runs here
// (install scripts are off). The binding uses TensorFlow's stable C API only, so a current library serves it.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashOf, root } from "./paths.mjs";
import { run } from "./process.mjs";

/** What the compiled binding is called, and where the engine looks for it (src/engine/tensorflow/locate.ts). */
export const bindingPath = (checkout = root) => join(checkout, "build", "tensorflow", "tfjs_binding.node");

/** A module of ours that is loaded first: quiets the log lines of TensorFlow's start. */
const quietLoad = (checkout) => join(checkout, "native", "tensorflow", "quiet_load.cc");

const sourcesOf = (checkout) => join(checkout, "node_modules", "@tensorflow", "tfjs-node-gpu", "binding");

/** The compiler's name: $CXX or c++. */
export const compiler = (env = process.env) => env.CXX || "c++";

/** Compiler arguments of one Node-API module from `sources`, linked to `libraries` of the wheel. */
function commandLine(checkout, library, sources, libraries, output) {
  return [
    "-std=c++17",
    "-O2",
    "-fPIC",
    "-shared",
    "-DNAPI_VERSION=8",
    "-DBUILDING_NODE_EXTENSION",
    "-I",
    join(checkout, "node_modules", "node-api-headers", "include"),
    "-I",
    library.include,
    ...sources,
    "-L",
    library.lib,
    ...libraries.map((name) => `-l:${name}`),
    `-Wl,-rpath,${library.lib}`,
    "-o",
    output,
  ];
}

/** The two modules: what each is compiled from and linked to. */
function modules(checkout, library) {
  const directory = sourcesOf(checkout);
  const binding = readdirSync(directory).filter((name) => name.endsWith(".cc"));
  return [
    [bindingPath(checkout), binding.map((name) => join(directory, name)), library.libraries],
    [join(checkout, "build", "tensorflow", "quiet_load.node"), [quietLoad(checkout)], []],
  ];
}

/** Key of a build: the sources, the command line and the library's own hash. Same key, nothing to do. */
function buildKey(checkout, library) {
  const directory = sourcesOf(checkout);
  const files = readdirSync(directory).sort();
  return hashOf([
    library.id,
    compiler(),
    ...modules(checkout, library).flatMap(([, sources, libraries]) =>
      commandLine(checkout, library, sources, libraries, ""),
    ),
    ...files.flatMap((name) => [name, readFileSync(join(directory, name))]),
    readFileSync(quietLoad(checkout)),
  ]);
}

/**
 * Compiles the binding unless the one in place was made from the same sources, library and flags.
 * @param {{id: string, lib: string, include: string, libraries: string[], version: string, flavour: string}} library
 * @returns {Promise<boolean>} whether anything had to be compiled
 */
export async function buildTensorflowBinding(library, { checkout = root, say = () => {} } = {}) {
  const target = bindingPath(checkout);
  const facts = join(checkout, "build", "tensorflow", "build.json");
  const key = buildKey(checkout, library);
  if (existsSync(target) && existsSync(facts) && JSON.parse(readFileSync(facts, "utf8")).key === key)
    return false;
  say("compiling the TensorFlow binding (about 10 s)");
  mkdirSync(join(checkout, "build", "tensorflow"), { recursive: true });
  for (const [output, sources, libraries] of modules(checkout, library)) {
    const temporary = `${output}.${process.pid}.tmp`;
    try {
      await run(compiler(), commandLine(checkout, library, sources, libraries, temporary));
      renameSync(temporary, output);
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  const description = { key, version: library.version, flavour: library.flavour, lib: library.lib };
  writeFileSync(facts, `${JSON.stringify(description, null, 2)}\n`);
  return true;
}
