import { basename, join } from "node:path";

/** The default run directory: runs/<data>-<preset>, relative to the working directory. `data` is a path or `synthetic:…`. */
export function defaultRunDirectory(data: string, preset: string): string {
  const stem = data.startsWith("synthetic:") ? "synthetic" : basename(data.replace(/[/\\]+$/, ""));
  const plain = stem.replace(/\.(tar|tar\.gz|tgz|gz|bin|zip)$/i, "").replace(/[^A-Za-z0-9._-]+/g, "-");
  return join("runs", `${plain === "" || plain === "." || plain === ".." ? "data" : plain}-${preset}`);
}
