import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readConfigFile } from "../../src/config/file.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { readRecord, writeRecord } from "../../src/run/record.js";

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-config-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

test("a run's config.json with a setting that is not {value, from} is refused by both of its readers", async (t) => {
  const bad = [
    "null",
    "[]",
    "3",
    '{"epochs":3}',
    '{"epochs":{"valu":3,"from":"flag"}}',
    '{"epochs":{"value":3}}',
    '{"epochs":null}',
  ];
  for (const [i, settings] of bad.entries()) {
    const path = await file(
      `${i}.json`,
      `{"schema":"sslmem/config@1","preset":"demo","settings":${settings}}`,
    );
    for (const read of [readConfigFile, readRecord]) {
      const error = await t.throwsAsync(read(path), { code: "DATA", message: /\{value, from\}/ }, settings);
      t.true(error?.message.includes(path));
    }
  }
});

test("a run's config.json reads back", async (t) => {
  const path = join(folder, "whole.json");
  const resolved = resolveSettings({ flags: new Map() });
  await writeRecord(path, resolved);
  const recorded = await readRecord(path);
  if (recorded === null) throw new Error("no record");
  t.deepEqual(resolveSettings({ flags: new Map(), recorded }).settings, resolved.settings);
  t.deepEqual(
    resolveSettings({ flags: new Map(), file: await readConfigFile(path) }).settings,
    resolved.settings,
  );
});

test("what YAML cannot read is said in a sentence with an end", async (t) => {
  for (const [i, text] of ["a: b: c", "[", "a: &a [*a]", "a\x1b[31m: [", "x: 1\nx: 2"].entries()) {
    const error = await t.throwsAsync(readConfigFile(await file(`${i}.yaml`, text)), { code: "USAGE" });
    t.regex(error?.message ?? "", /[^:\s]\.$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    t.notRegex(error?.message ?? "", /[\x00-\x1f]/);
  }
});

test("a preset is a text", async (t) => {
  const path = await file("preset.yaml", "preset: {a: 1}");
  await t.throwsAsync(readConfigFile(path), { code: "USAGE", message: /preset.yaml but received \{"a":1\}/ });
});
