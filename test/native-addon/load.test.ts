import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { SslMemError } from "../../src/errors.js";
import { buildInfo } from "../../src/native/index.js";
import { bindingPath, loadBinding, loadNativeModule } from "../../src/native/load.js";
import { runScript } from "./helpers.js";

test("the core says what it is", (t) => {
  const info = buildInfo();
  t.regex(info.coreVersion, /^\d+\.\d+\.\d+$/);
  t.is(info.napiVersion, 9);
  t.true(["baseline", "avx2", "avx512", "neon"].includes(info.simd));
  t.true(info.hardwareThreads >= 1);
  t.true(Object.keys(loadBinding()).length <= 30);
});

test("a missing core is an engine error that says how to build it", (t) => {
  const error = t.throws(() => loadNativeModule("/nowhere/sslmem.node", "the native core"), {
    instanceOf: SslMemError,
  });
  t.is(error?.code, "ENGINE");
  t.regex(error?.message ?? "", /\/nowhere\/sslmem\.node but there is no such file/);
  t.regex(error?.hint ?? "", /npm run setup/);
});

test("a core that the system refuses is an engine error with the reason", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sslmem-load-"));
  writeFileSync(join(folder, "broken.node"), "not a library");
  const error = t.throws(() => loadNativeModule(join(folder, "broken.node"), "the native core"), {
    instanceOf: SslMemError,
  });
  rmSync(folder, { recursive: true });
  t.is(error?.code, "ENGINE");
  t.regex(error?.message ?? "", /refused: /);
  t.true(error?.cause instanceof Error);
});

test("importing the API loads nothing native", (t) => {
  const { stdout, status, stderr } = runScript(`
    await import($API);
    console.log(process.report.getReport().sharedObjects.filter((name) => name.endsWith(".node")).length);
  `);
  t.is(status, 0, stderr);
  t.is(stdout.trim(), "0");
  t.true(bindingPath().endsWith("build/Release/sslmem.node"));
});
