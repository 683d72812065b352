// The two sides of the boundary say the same (design, rules 1 and 3).
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "ava";
import { purposes } from "../../src/native/index.js";
import { loadBinding } from "../../src/native/load.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string) => readFileSync(root + path, "utf8");

/** All first groups of `pattern` in `text`, sorted. */
const found = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map((match) => match[1] as string).sort();

test("the names that C++ exports, that TypeScript declares and that are there are the same, at most 30", (t) => {
  const declared = read("src/native/addon.ts").split("export interface Binding {")[1] ?? "";
  const names = found(declared, /^ {2}(\w+)\(/gm);
  t.true(names.length > 0 && names.length <= 30);
  t.deepEqual(found(read("native/addon/addon.cpp"), /add<\w+>\(exports, "(\w+)"\)/g), names);
  t.deepEqual(Object.keys(loadBinding()).sort(), names);
  const snake = names.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)).sort();
  t.deepEqual(found(read("native/addon/exports.h"), /^Napi::Value (\w+)\(/gm), snake);
});

test("the purposes have the same names and numbers on both sides", (t) => {
  const list = read("native/core/philox.h").match(/enum class Purpose[^{]*\{([^}]*)\}/)?.[1] ?? "";
  const entries = [...list.matchAll(/(\w+) = (\d+)/g)].map(([, name = "", number]) => [
    (name[0] ?? "").toLowerCase() + name.slice(1),
    Number(number),
  ]);
  t.deepEqual(Object.fromEntries(entries), { ...purposes });
});
