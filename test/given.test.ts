// A program's call that leaves out what it needs is told so by name, whatever it calls.
import test from "ava";
import { SslMemError } from "../src/errors.js";
import * as api from "../src/index.js";

/** Functions that need nothing, or only numbers and records of ours to print. */
const NEEDS_NOTHING = [
  "presetNames getPreset exitCodeOf cacheContents cleanCache findings namesIn summaryOf policyNames openEngine",
  "getMethod methodNames architectureNames getArchitecture alignment jackknife memorization scoreOf sslmem viewMaker",
  "formatAnalysis formatComparison formatLocalization formatProbe manifestFacts writeSafetensors",
]
  .join(" ")
  .split(" ");

const functions = Object.entries(api).filter(
  ([name, value]) => typeof value === "function" && !/^[A-Z]/.test(name) && !NEEDS_NOTHING.includes(name),
) as [string, (...given: unknown[]) => unknown][];

test("every function that needs something names what is missing", async (t) => {
  t.true(functions.length > 30);
  for (const [name, call] of functions)
    for (const given of [[], [{}, {}], [null, null]]) {
      const error = await t.throwsAsync(async () => call(...given), undefined, name);
      t.true(error instanceof SslMemError, `${name}: ${error?.message}`);
      t.is((error as SslMemError).code, "USAGE", `${name}: ${error?.message}`);
      if (given.length === 0)
        t.regex(
          error?.message ?? "",
          new RegExp(`^Expected \\w+ for ${name}\\(\\) but received nothing\\.$`),
        );
    }
});

test("what is there is said, and a promise that was passed as it is", async (t) => {
  const resolved = api.settingsFor({ data: "synthetic:count=40,size=16" });
  const error = await t.throwsAsync(api.audit({ root: "runs/x", resolved } as never), { code: "USAGE" });
  t.is(error?.message, "Expected resolved.settings for audit() but received only root, resolved.");
  t.regex((error as SslMemError).hint ?? "", /^await /);
});

test("settings of unknown names are refused", async (t) => {
  const refused = async (values: object) =>
    (await t.throwsAsync(api.settingsFor({ data: "synthetic:count=40", ...values }), {
      code: "USAGE",
    })) as SslMemError;
  const slip = await refused({ epoch: 5 });
  t.is(slip.message, 'Expected names of settings but received "epoch".');
  t.is(slip.hint, "epochs: …");
  t.is((await refused({ "image-size": 8 })).hint, "imageSize: …");
  t.is((await refused({ lr: 0.1 })).hint, "learningRate: …");
  t.regex((await refused({ somethingElse: 1 })).hint ?? "", /--help/);
});
