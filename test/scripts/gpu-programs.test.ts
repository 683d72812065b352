// The programs that gpu-check.sh runs on a GPU, on the CPU: there both sides are the same code, so what is tested is that
// they run, compare something, and notice a difference.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";
import { engineDriver } from "../../src/engine/index.js";
import { largestDifference } from "../gpu/report.js";

const on = engineDriver("torch").missing() === null ? test.serial : test.serial.skip;

interface Check {
  check: string;
  ok: boolean;
  difference: number;
  bound: number;
}

function checksOf(t: import("ava").ExecutionContext, name: string): Check[] {
  const script = fileURLToPath(new URL(`../gpu/${name}.js`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, "cpu"], { encoding: "utf8" });
  t.is(status, 0, stdout + stderr);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Check);
}

for (const [name, least] of [
  ["kernels", 50],
  ["alignment", 20],
  ["views", 30],
] as const) {
  on(`the program for ${name} compares the CPU with itself`, (t) => {
    const checks = checksOf(t, name);
    t.true(checks.length >= least, `${checks.length} checks`);
    t.true(checks.every(({ ok, difference, bound }) => ok && difference === 0 && bound > 0));
  });
}

on("the program for agreement trains twice the same on the CPU, and otherwise in bf16", (t) => {
  const checks = checksOf(t, "agreement");
  t.true(checks.every(({ ok }) => ok));
  const losses = checks.filter(({ check }) => /^loss of step \d+$/.test(check));
  t.is(losses.length, 20);
  t.true(losses.every(({ difference, bound }) => difference === 0 && bound > 0));
  const half = checks.find(({ check }) => check.startsWith("bf16's first loss"));
  t.true((half?.difference ?? 0) > 0);
});

test("a difference is the largest one; another length, nothing and NaN are infinitely far", (t) => {
  t.is(largestDifference([1, 5, 2], [1, 2, 4]), 3);
  t.is(largestDifference([], []), Number.POSITIVE_INFINITY);
  t.is(largestDifference([1], [1, 2]), Number.POSITIVE_INFINITY);
  t.is(largestDifference([1, Number.NaN, 9], [1, 2, 3]), Number.POSITIVE_INFINITY);
});
