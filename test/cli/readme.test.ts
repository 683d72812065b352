// The README says what the command line has.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { optionsFor } from "../../src/cli/flags.js";
import { VERBS } from "../../src/cli/verbs.js";
import { exitCodeOf, SslMemError } from "../../src/errors.js";
import { PACKAGE_ROOT } from "../../src/package.js";

const readme = readFileSync(join(PACKAGE_ROOT, "README.md"), "utf8");
const section = (title: string) => readme.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";

test("the table of verbs has every verb, and no other", (t) => {
  const rows = section("Verbs").split("\n");
  const named = rows.flatMap((row) => (row.startsWith("| `") ? [...row.matchAll(/`sslmem (\w+)/g)] : []));
  t.deepEqual([...new Set(named.map(([, name]) => name))].sort(), VERBS.map(({ name }) => name).sort());
});

/** Flags of sbatch, of set-up and of the check of a GPU. */
const OTHERS = ["--array", "--torch-root", "--proof"];

test("every flag that it names is one", async (t) => {
  const verbs = await Promise.all(VERBS.map(({ load }) => load()));
  const options = await Promise.all(verbs.map(optionsFor));
  const flags = [...new Set(options.flatMap((one) => Object.keys(one))), "help", "version"];
  const named = [...readme.matchAll(/(?<![\w-])--([a-z][a-z-]*)(…?)/g)];
  t.true(named.length > 30);
  const unknown = named.flatMap(([text, name = "", more]) => {
    const isFlag = (flag: string) => (more === "" ? flag === name : flag.startsWith(name));
    return flags.some((flag) => isFlag(flag) || isFlag(`no-${flag}`)) ? [] : [text];
  });
  t.deepEqual(new Set(unknown), new Set(OTHERS));
});

test("the table of exit codes is that of errors", (t) => {
  const rows = [...section("Verbs").matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = ""]) =>
    codes.split(", "),
  );
  const codes = ["INTERNAL", "USAGE", "DATA", "ENGINE", "NUMERIC", "THRESHOLD", "INTERRUPTED"] as const;
  const of = codes.map((code) => exitCodeOf(new SslMemError(code, "")));
  const terminated = exitCodeOf(new SslMemError("INTERRUPTED", "", undefined, { signal: "SIGTERM" }));
  t.deepEqual(rows.map(Number), [0, ...of, terminated]);
});
