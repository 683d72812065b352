import test from "ava";
import { createOutput } from "../../src/cli/output.js";
import { printable } from "../../src/cli/printable.js";

const NAME = "a\u001b[2J\u0007\r\u009b1m\u202egnp.\u2066b\u200fc";
const WRITTEN = "a\\x1b[2J\\x07\\x0d\\x9b1m\\u202egnp.\\u2066b\\u200fc";

test("control characters and turned text are written out; letters, tabs and lines stay", (t) => {
  t.is(printable(NAME), WRITTEN);
  const fine = "Ärger\tüber 日本語 🙂 − ±\nzweite";
  t.is(printable(fine), fine);
});

/** What an output writes. */
function written(format: "human" | "json" | "quiet", isTTY: boolean, isList = false) {
  let [out, error] = ["", ""];
  const stdout = { isTTY, write: (text: string) => (out += text) };
  const output = createOutput(format, stdout, { write: (text: string) => (error += text) });
  output.note(NAME);
  output.warn(NAME);
  output.result({ human: () => NAME, json: () => ({ NAME }), quiet: () => NAME, isList });
  return { out, error };
}

test("people see them written out, programs get what there is", (t) => {
  t.is(written("human", false).out, `${WRITTEN}\n`);
  t.is(written("human", false).error, `${WRITTEN}\nsslmem: ${WRITTEN}\n`);
  t.deepEqual(JSON.parse(written("json", true).out), { NAME });
  for (const format of ["human", "quiet"] as const) {
    t.is(written(format, false, true).out, `${NAME}\n`);
    t.is(written(format, true, true).out, `${WRITTEN}\n`);
  }
});
