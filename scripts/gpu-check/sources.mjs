// The sources that are not in the pack but taken from the checkout on the machine, as one hash.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { hashOf } from "../setup/paths.mjs";

const TAKEN = ["native", "test", "benchmarks", "CMakeLists.txt"];
/** What running the sources leaves among them. */
const LEFT_BEHIND = ["__pycache__", "node_modules", ".venv"];

/** @returns SHA-256 (hex) over the paths and bytes of all of them */
export function sourcesHash(root) {
  const parts = [];
  const add = (path) => {
    if (!statSync(join(root, path)).isDirectory()) parts.push(path, readFileSync(join(root, path)));
    else
      for (const name of readdirSync(join(root, path)).sort())
        if (!LEFT_BEHIND.includes(name)) add(`${path}/${name}`);
  };
  for (const path of TAKEN) add(path);
  return hashOf(parts);
}
