// The floors of src: which room may import from which. A room is a folder of src, or a file that stands there alone; it imports
// from itself and from floors below its own, never from a room beside it or above.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";

/** From the ground up. */
export const FLOORS = [
  ["errors.ts", "arrays.ts", "package.ts"],
  ["text", "files", "file-kinds"],
  ["faults"],
  ["tables", "native"],
  ["statistics", "engine"],
  ["data", "augment", "facts"],
  ["views", "settings"],
  ["nn"],
  ["optimizers", "score"],
  ["methods", "localize", "analyze"],
  ["config"],
  ["train", "cache"],
  ["evaluate"],
  ["run", "registries.ts"],
  ["report", "doctor"],
  ["steps"],
  ["cli", "index.ts"],
];

/** File names that every room may have: what it hands out, its contract, its list. */
const COMMON = ["index.ts", "types.ts", "registry.ts"];
/** Folders that are lists of the same things: a name in one may stand in the others. */
const MIRRORS = [
  ["cli/verbs", "steps"],
  ["analyze", "analyze/schema", "report/collect", "report/page", "report/plots"],
  ["augment/policies", "methods"],
  ["config/presets", "data/sources"],
  ["engine/ops", "engine/tensorflow", "engine/torch", "engine/torch/kernels"],
];

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|^import\s*)"(\.{1,2}\/[^"]+)"/gm;

/** The files of src and the files that each imports: Map of "room/file.ts" → ["room/file.ts"]. */
function importsOf(src) {
  const files = filesIn(src);
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(src, file), "utf8");
      const found = [...text.matchAll(IMPORT)].map(([, path]) =>
        relative(src, resolve(src, dirname(file), path.replace(/\.js$/, ".ts")))
          .split(sep)
          .join("/"),
      );
      return [file, found];
    }),
  );
}

function filesIn(folder) {
  try {
    return readdirSync(folder, { recursive: true })
      .map((file) => file.split(sep).join("/"))
      .filter((file) => file.endsWith(".ts"))
      .sort();
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

const roomOf = (file) => file.split("/")[0];
const floorOf = (room) => FLOORS.findIndex((rooms) => rooms.includes(room));

/** Looks at the tree at `root`, as checkBoundaries does: [{name, looked, breaches}]. */
export function checkFloors(root) {
  const imports = importsOf(join(root, "src"));
  const looked = imports.size;
  return [
    { name: "a room imports only from floors below its own", looked, breaches: climbs(imports) },
    { name: "no files import each other in a circle", looked, breaches: circles(imports) },
    {
      name: "file names of src are unique, or of lists that mirror each other",
      looked,
      breaches: twins(imports),
    },
  ];
}

function climbs(imports) {
  const found = [];
  for (const [file, targets] of imports) {
    const room = roomOf(file);
    if (floorOf(room) < 0) found.push(`src/${file}: ${room} stands on no floor (scripts/floors.mjs)`);
    for (const target of targets)
      if (roomOf(target) !== room && floorOf(roomOf(target)) >= floorOf(room))
        found.push(`src/${file} -> src/${target}`);
  }
  return found;
}

/** Each circle once, by the file that a walk finds it from. */
function circles(imports) {
  const found = [];
  const state = new Map();
  const path = [];
  const walk = (file) => {
    state.set(file, "open");
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      if (state.get(next) === "open")
        found.push([...path.slice(path.indexOf(next)), next].map((one) => `src/${one}`).join(" -> "));
      else if (!state.has(next)) walk(next);
    }
    path.pop();
    state.set(file, "done");
  };
  for (const file of imports.keys()) if (!state.has(file)) walk(file);
  return found;
}

function twins(imports) {
  const folders = new Map();
  for (const file of imports.keys()) {
    const name = basename(file);
    if (!COMMON.includes(name)) folders.set(name, [...(folders.get(name) ?? []), dirname(file)]);
  }
  return [...folders]
    .filter(([, all]) => all.length > 1 && !MIRRORS.some((list) => all.every((one) => list.includes(one))))
    .map(([name, all]) => all.map((folder) => `src/${folder}/${name}`).join(" and "));
}
