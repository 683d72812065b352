// The lines between worlds (design, rule 1): what may stand only in its own rooms. Run by scripts/test.mjs; a rule that
// finds no file to look at has failed.
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

const SPREAD_INTO =
  /(\.(push|unshift|splice|concat)|\bMath\.(max|min|hypot)|\bString\.(fromCharCode|fromCodePoint))\(/g;

const RULES = [
  {
    name: "console and process.exit only in src/cli",
    under: "src",
    files: /\.ts$/,
    forbidden: /\bconsole\.\w+\(|\bprocess\.exit(Code)?\b/,
    rooms: ["src/cli"],
  },
  {
    name: ".node files loaded only in src/native and src/engine",
    under: "src",
    files: /\.ts$/,
    forbidden: /\.node["'`]/,
    rooms: ["src/native", "src/engine"],
  },
  {
    name: "Node-API only in native/addon and the engines' bindings",
    under: "native",
    files: /\.(cpp|cc|cu|h)$/,
    forbidden: /#include\s*[<"](napi|node_api|js_native_api)\.h[>"]/,
    rooms: ["native/addon", "native/tensorflow", "native/torch/binding"],
  },
  {
    name: "no framework in the core",
    under: "native/core",
    files: /\.(cpp|cc|cu|cuh|h)$/,
    forbidden: /#include\s*[<"](ATen|c10|torch|tensorflow)\//,
    rooms: [],
  },
  {
    name: "C++ never exits, aborts or prints",
    under: "native/core",
    files: /\.(cpp|cc|cu|cuh|h)$/,
    forbidden: /\bstd::(cout|cerr|abort|exit)\b|\b(printf|abort|exit)\s*\(/,
    rooms: [],
  },
  {
    name: "no list is spread into a call, which ends above some 125,000 values (src/arrays.ts)",
    under: "src",
    files: /\.ts$/,
    forbidden: { test: spreadsList },
    rooms: [],
  },
];

/** Whether source text spreads anything but a literal into one of the calls that lists are spread into. */
export function spreadsList(text) {
  for (const { index, 0: start } of text.matchAll(SPREAD_INTO)) {
    let depth = 0;
    for (let at = index + start.length; at < text.length && depth >= 0; at++) {
      if ("([{".includes(text[at])) depth++;
      else if (")]}".includes(text[at])) depth--;
      else if (depth === 0 && text.startsWith("...", at) && !/^\.\.\.\s*\[/.test(text.slice(at, at + 20)))
        return true;
    }
  }
  return false;
}

/**
 * Looks at every rule in the tree at `root`: [{name, looked, breaches}], where `looked` counts the files outside the
 * rule's rooms and `breaches` names those with something forbidden.
 */
export function checkBoundaries(root) {
  return RULES.map(({ name, under, files, forbidden, rooms }) => {
    const paths = filesUnder(join(root, under))
      .map((file) => `${under}/${file}`)
      .filter((file) => files.test(file) && !rooms.some((room) => file.startsWith(room)));
    const breaches = paths.filter((file) => forbidden.test(readFileSync(join(root, file), "utf8")));
    return { name, looked: paths.length, breaches };
  });
}

function filesUnder(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((file) => file.split(sep).join("/"));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}
