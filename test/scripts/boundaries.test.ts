// Planted faults: each boundary check sees the breach it is there for, and one that looks at nothing has looked at 0 files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";

interface Outcome {
  name: string;
  looked: number;
  breaches: string[];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { checkBoundaries } = (await import(join(root, "scripts", "boundaries.mjs"))) as {
  checkBoundaries(root: string): Promise<Outcome[]>;
};

const FAULTS: [rule: RegExp, file: string, text: string][] = [
  [/console/, "src/train/loop.ts", "console.log('step')"],
  [/console/, "src/data/tar.ts", "if (bad) process.exit(3)"],
  [/\.node/, "src/score/worker.ts", "require('../build/core.node')"],
  [/random streams/, "src/evaluate/draw.ts", "const key = { seed, purpose: purposes.evaluation, epoch: 7 }"],
  [/random streams/, "src/evaluate/draw.ts", "const key = { seed, purpose: 7, epoch: 7 }"],
  [/Node-API/, "native/reference/resize.cpp", "#include <napi.h>"],
  [/framework/, "native/core/hue.cpp", "#include <ATen/ATen.h>"],
  [/spread into a call/, "src/data/list.ts", "found.push(first, ...members)"],
  [/spread into a call/, "src/data/list.ts", "const most = Math.max(0, ...labels.map((l) => f(l)))"],
  [/spread into a call/, "src/data/list.ts", "names.push(\n  ...(await more()),\n)"],
  [/spread into a call/, "src/data/list.ts", "const most = Math.max(...labels)"],
  [/spread into a call/, "src/data/list.ts", "const most = Math.max(0, ...labels)"],
  [/spread into a call/, "src/data/list.ts", "const most = Math.max.apply(null, labels as number[])"],
  [/spread into a call/, "src/data/list.ts", "const most = Reflect.apply(Math.max, null, labels)"],
  [/spread into a call/, "src/data/list.ts", "const set = Reflect.construct(Date, labels)"],
  [/spread into a call/, "src/data/list.ts", "const found: Row = summary<Row>(first, ...labels)"],
  [/spread into a call/, "src/data/list.ts", "const found = this.table?.add(...(isWide ? wide : [1]))"],
  [/spread into a call/, "src/data/list.ts", "const when = new Date(...labels)"],
  [
    /spread into a call/,
    "src/data/list.ts",
    "class A extends B {\n  constructor(list) {\n    super(...list);\n  }\n}",
  ],
  [/spread into a call/, "scripts/list.mjs", "const most = Math.max(...labels)"],
  [/spread into a call/, "benchmarks/list.ts", "const text = [f(...labels)].join()"],
  [/never exits/, "native/core/hue.cpp", 'printf("hue")'],
];

for (const [rule, file, text] of FAULTS) {
  test(`${text} in ${file} is a breach`, async (t) => {
    const tree = mkdtempSync(join(tmpdir(), "sslmem-boundaries-"));
    t.teardown(() => rmSync(tree, { recursive: true }));
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    writeFileSync(join(tree, file), `${text};\n`);
    const found = (await checkBoundaries(tree)).find(({ name }) => rule.test(name));
    t.deepEqual(found?.breaches, [file]);
  });
}

test("objects and literal lists may be spread into a call", async (t) => {
  const tree = mkdtempSync(join(tmpdir(), "sslmem-boundaries-"));
  t.teardown(() => rmSync(tree, { recursive: true }));
  mkdirSync(join(tree, "src"));
  const allowed = [
    "found.push({ ...entry, width })",
    'names.push("a", "b")',
    "lists.push([...names])",
    "const path = join(root, ...(pair === 0 ? [] : [name]))",
    "optimizer.apply(gradients, rate, step)",
    "Math.max.apply(null, [1, 2])",
    "function many(...names: string[]): void {}",
    "const say = async (first: string, ...names: string[]) => names",
    'const words = "f(...list)" // f(...list)',
    "const both = await agreementOf(...sql)",
  ];
  writeFileSync(join(tree, "src", "list.ts"), `${allowed.join(";\n")};\n`);
  const found = (await checkBoundaries(tree)).find(({ name }) => /spread into a call/.test(name));
  t.deepEqual(found?.breaches, []);
});

/** What a check finds in a tree of such files. */
async function breachesIn(t: ExecutionContext, rule: RegExp, files: Record<string, string>) {
  const tree = mkdtempSync(join(tmpdir(), "sslmem-floors-"));
  t.teardown(() => rmSync(tree, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(tree, dirname(file)), { recursive: true });
    writeFileSync(join(tree, file), text);
  }
  return (await checkBoundaries(tree)).find(({ name }) => rule.test(name))?.breaches;
}

test("a room that imports from one above or beside it is named, types and late imports too", async (t) => {
  const files = {
    "src/engine/a.ts": 'import type { B } from "../augment/b.js";',
    "src/augment/b.ts": 'const late = () => import("../data/c.js");',
    "src/data/c.ts": 'import {\n  d,\n} from "./sources/d.js";',
    "src/data/sources/d.ts": 'export * from "../../tables/e.js";',
    "src/tables/e.ts": "",
    "src/annex/f.ts": "",
  };
  t.deepEqual(await breachesIn(t, /floors below/, files), [
    "src/annex/f.ts: annex stands on no floor (scripts/floors.mjs)",
    "src/augment/b.ts -> src/data/c.ts",
    "src/engine/a.ts -> src/augment/b.ts",
  ]);
});

test("files that import each other are named", async (t) => {
  const files = {
    "src/data/a.ts": 'import "./b.js";',
    "src/data/b.ts": 'import type { C } from "./c.js";',
    "src/data/c.ts": 'export { a } from "./a.js";',
    "src/data/d.ts": 'import "./a.js";',
  };
  t.deepEqual(await breachesIn(t, /circle/, files), [
    "src/data/a.ts -> src/data/b.ts -> src/data/c.ts -> src/data/a.ts",
  ]);
});

test("two files of one name are named, unless their folders mirror each other", async (t) => {
  const files = {
    "src/data/view.ts": "",
    "src/nn/view.ts": "",
    "src/data/types.ts": "",
    "src/nn/types.ts": "",
    "src/steps/train.ts": "",
    "src/cli/verbs/train.ts": "",
  };
  t.deepEqual(await breachesIn(t, /unique/, files), ["src/data/view.ts and src/nn/view.ts"]);
});

test("an empty tree gives nothing to look at, which the gate counts as a failure", async (t) => {
  const tree = mkdtempSync(join(tmpdir(), "sslmem-boundaries-"));
  t.teardown(() => rmSync(tree, { recursive: true }));
  t.true((await checkBoundaries(tree)).every(({ looked }) => looked === 0));
});

test("this repository keeps its boundaries", async (t) => {
  for (const { name, looked, breaches } of await checkBoundaries(root)) {
    t.true(looked > 0, name);
    t.deepEqual(breaches, [], name);
  }
});
