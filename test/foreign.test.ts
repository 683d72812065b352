// Texts from outside, as they stand in sentences.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import fc from "fast-check";
import { describeTaken, openSource } from "../src/data/index.js";
import { describeMatch } from "../src/nn/match.js";
import { describeSkipped } from "../src/steps/skipped.js";
import { cutInMiddle, foreign } from "../src/text/foreign.js";
import { PNG } from "./data/inputs.js";
import { temporaryDirectory } from "./train/helpers.js";

test("a text from outside is on one line and of a bounded length, and short ones are whole", (t) => {
  t.is(foreign("a\tb\r\nc"), "a\\tb\\r\\nc");
  t.is(foreign(`${"a".repeat(500)}b`), `${"a".repeat(60)}…${"a".repeat(58)}b`);
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 400 }),
      fc.integer({ min: 3, max: 50 }),
      (text, most) => {
        const cut = cutInMiddle(text, most);
        t.true([...cut].length <= most);
        if ([...text].length <= most) t.is(cut, text);
      },
    ),
  );
});

test("names of a thousand letters are cut wherever they are told", async (t) => {
  const long = "n".repeat(1000);
  t.true(describeSkipped([{ id: long, reason: "cut" }], "skipped.jsonl").length < 300);
  const leftOut =
    describeMatch({ prefix: long, fitted: [], leftOut: [long, long] } as never, "w.safetensors") ?? "";
  t.notRegex(leftOut, /n{130}/);
  t.regex(leftOut, /without the prefix "n+…n+"/);
  const root = temporaryDirectory();
  const name = "n".repeat(200);
  for (const folder of [`${name}1`, `${name}2`]) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, "1.png"), PNG);
  }
  writeFileSync(join(root, `${name}1`, `${name}.txt`), "");
  const { taken, labelNames } = await (await openSource(root)).list();
  const lines = describeTaken(taken, { labelNames }).join("\n");
  t.regex(lines, /of 2 classes \(n+…n+1, n+…n+2\)/);
  t.notRegex(lines, /n{130}/);
});
