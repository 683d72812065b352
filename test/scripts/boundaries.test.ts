// Planted faults: each boundary check sees the breach it is there for, and one that looks at nothing has looked at 0 files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

interface Outcome {
  name: string;
  looked: number;
  breaches: string[];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { checkBoundaries } = (await import(join(root, "scripts", "boundaries.mjs"))) as {
  checkBoundaries(root: string): Outcome[];
};

const FAULTS: [rule: RegExp, file: string, text: string][] = [
  [/console/, "src/train/loop.ts", "console.log('step')"],
  [/console/, "src/data/tar.ts", "if (bad) process.exit(3)"],
  [/\.node/, "src/score/worker.ts", "require('../build/core.node')"],
  [/Node-API/, "native/reference/resize.cpp", "#include <napi.h>"],
  [/framework/, "native/core/hue.cpp", "#include <ATen/ATen.h>"],
  [/spread into a call/, "src/data/list.ts", "found.push(first, ...members)"],
  [/spread into a call/, "src/data/list.ts", "const most = Math.max(0, ...labels.map((l) => f(l)))"],
  [/spread into a call/, "src/data/list.ts", "names.push(\n  ...(await more()),\n)"],
  [/never exits/, "native/core/hue.cpp", 'printf("hue")'],
];

for (const [rule, file, text] of FAULTS) {
  test(`${text} in ${file} is a breach`, (t) => {
    const tree = mkdtempSync(join(tmpdir(), "sslmem-boundaries-"));
    t.teardown(() => rmSync(tree, { recursive: true }));
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    writeFileSync(join(tree, file), `${text};\n`);
    const found = checkBoundaries(tree).find(({ name }) => rule.test(name));
    t.deepEqual(found?.breaches, [file]);
  });
}

test("objects and literal lists may be spread into a call", (t) => {
  const tree = mkdtempSync(join(tmpdir(), "sslmem-boundaries-"));
  t.teardown(() => rmSync(tree, { recursive: true }));
  mkdirSync(join(tree, "src"));
  const allowed = ["found.push({ ...entry, width })", 'names.push(...["a", "b"])', "lists.push([...names])"];
  writeFileSync(join(tree, "src", "list.ts"), `${allowed.join(";\n")};\n`);
  const found = checkBoundaries(tree).find(({ name }) => /spread into a call/.test(name));
  t.deepEqual(found?.breaches, []);
});

test("an empty tree gives nothing to look at, which the gate counts as a failure", (t) => {
  const tree = mkdtempSync(join(tmpdir(), "sslmem-boundaries-"));
  t.teardown(() => rmSync(tree, { recursive: true }));
  t.true(checkBoundaries(tree).every(({ looked }) => looked === 0));
});

test("this repository keeps its boundaries", (t) => {
  for (const { name, looked, breaches } of checkBoundaries(root)) {
    t.true(looked > 0, name);
    t.deepEqual(breaches, [], name);
  }
});
