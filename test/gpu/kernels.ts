// Operations on the device against the same ones on the CPU, values and gradients, float32.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./folder.js";
import { check, device, largestDifference } from "./report.js";

interface Result {
  name: string;
  terms: number;
  values: number[][];
}
const folder = temporaryFolder();
const [onDevice, onCpu] = [device, "cpu"].map((where, i) => {
  const file = join(folder, `${i}.json`);
  const script = fileURLToPath(new URL("ops.js", import.meta.url));
  execFileSync(process.execPath, [script, where, file], { stdio: ["ignore", "ignore", "inherit"] });
  return JSON.parse(readFileSync(file, "utf8")) as Result[];
}) as [Result[], Result[]];

for (const [i, { name, terms, values }] of onCpu.entries()) {
  for (const [j, expected] of values.entries()) {
    // Rounding as a random walk over the terms of a sum (Higham and Mary 2019), of the value or, for a gradient, over all
    // that is summed into it; 16 is eight standard deviations of each side.
    const summed = j === 0 ? terms : Math.max(terms, (values[0]?.length ?? 0) / expected.length, terms);
    const most = expected.reduce((a, x) => Math.max(a, Math.abs(x)), 1e-3);
    const bound = 16 * Math.sqrt(summed + 1) * 2 ** -24 * most;
    const difference = largestDifference(onDevice[i]?.values[j] ?? [], expected);
    const what = j === 0 ? name : `${name}, gradient of input ${j - 1}`;
    check(what, difference <= bound, { difference, bound, n: expected.length });
  }
}
