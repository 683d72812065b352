import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { bf16Unit } from "../src/engine/processor.js";

/** Root of the checkout. */
export const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

/** What every result file says first: its schema's name, the date, the commit, Node, the processor and how many threads it runs. */
export function benchmarkContext(schema: string) {
  const git = (...args: string[]) =>
    execFileSync("git", args, { encoding: "utf8", cwd: packageRoot, maxBuffer: 1 << 26 }).trim();
  return {
    schema,
    date: new Date().toISOString().slice(0, 10),
    commit: git("rev-parse", "HEAD"),
    uncommittedChanges:
      git("status", "--porcelain", "--untracked-files=no", "--", "src", "native", "benchmarks/*.ts") !== "",
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    bf16: bf16Unit(),
    threads: availableParallelism(),
  };
}
