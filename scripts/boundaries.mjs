// The lines between worlds (design, rule 1): what may stand only in its own rooms. Run by scripts/test.mjs; a rule that
// finds no file to look at has failed.
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { parse } from "acorn";
import { transform } from "esbuild";
import { checkFloors } from "./floors.mjs";

/** Functions that a list may be spread into, since it is known to be short: the two queries of report/compare/index.ts. */
const FEW = new Set(["agreementOf", "commonPoints"]);

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
    name: "random streams named only in src/native, so that no two share a key",
    under: "src",
    files: /\.ts$/,
    forbidden: /\bpurposes\.\w|\bpurpose: \d/,
    rooms: ["src/native", "src/data/make-split.ts"],
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
    under: ["src", "scripts", "benchmarks"],
    files: /\.(ts|mjs)$/,
    forbidden: { test: async (text) => (await spreadCalls(text)).length > 0 },
    rooms: [],
  },
];

/**
 * The functions that a list of unknown length is spread or applied into in a source text (TypeScript or JavaScript), in turn.
 * Literals without a spread inside are as long as they look; FEW are allowed.
 */
export async function spreadCalls(text) {
  const { code } = await transform(text, { loader: "ts", target: "esnext" });
  const program = parse(code, { ecmaVersion: "latest", sourceType: "module" });
  const found = [];
  const look = (node) => {
    if (Array.isArray(node)) for (const part of node) look(part);
    else if (typeof node?.type === "string") {
      if (/^(Call|New)Expression$/.test(node.type)) {
        const callee = code.slice(node.callee.start, node.callee.end).replace(/\s/g, "");
        if (!FEW.has(callee) && !listsOf(node, callee).every(isShort)) found.push(callee);
      }
      for (const part of Object.values(node)) look(part);
    }
  };
  look(program);
  return found;
}

/** The lists that become arguments of a call: those that are spread, and that of apply or construct. */
function listsOf({ arguments: given }, callee) {
  const spread = given.filter(({ type }) => type === "SpreadElement").map(({ argument }) => argument);
  // A method of that name with other arguments is another one: optimizer.apply(gradients, rate, step).
  const place = /\bReflect\.apply$/.test(callee) ? 2 : 1;
  const isApplied =
    /\bReflect\.(apply|construct)$/.test(callee) || (/\.apply$/.test(callee) && given.length === 2);
  return isApplied && given.length > place ? [...spread, given[place]] : spread;
}

/** Whether an expression is a literal list, all members of which can be seen, or one or another such list. */
const isShort = (node) =>
  node.type === "ConditionalExpression"
    ? isShort(node.consequent) && isShort(node.alternate)
    : node.type === "ArrayExpression" && node.elements.every((part) => part?.type !== "SpreadElement");

/**
 * Looks at every rule in the tree at `root`: [{name, looked, breaches}], where `looked` counts the files outside the
 * rule's rooms and `breaches` names those with something forbidden.
 */
export async function checkBoundaries(root) {
  const outcomes = [];
  for (const { name, under, files, forbidden, rooms } of RULES) {
    const paths = [under]
      .flat()
      .flatMap((folder) => filesUnder(join(root, folder)).map((file) => `${folder}/${file}`))
      .filter((file) => files.test(file) && !rooms.some((room) => file.startsWith(room)));
    const breaches = [];
    for (const file of paths)
      if (await forbidden.test(readFileSync(join(root, file), "utf8"))) breaches.push(file);
    outcomes.push({ name, looked: paths.length, breaches });
  }
  return [...outcomes, ...checkFloors(root)];
}

function filesUnder(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((file) => file.split(sep).join("/"));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}
