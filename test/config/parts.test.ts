import test from "ava";
import type { SettingKey } from "../../src/config/all-settings.js";
import { checkConsistency } from "../../src/config/consistency.js";
import { batchInParts, checkParts } from "../../src/config/parts.js";
import { resolveSettings } from "../../src/config/resolve.js";
import type { SslMemError } from "../../src/errors.js";
import { checkedPairPlan, trainingPlan } from "../../src/run/training-plan.js";
import { estimateMemory } from "../../src/steps/memory-estimate.js";

const resolved = (...flags: [SettingKey, string][]) => resolveSettings({ flags: new Map(flags) });
const checked = (batch: string, accumulate: string) =>
  checkConsistency(resolved(["batch", batch], ["accumulate", accumulate]).settings);

test("a batch that --accumulate does not divide is refused by both names, with what to type", (t) => {
  for (const [batch, parts] of [
    [10, 3],
    [7, 2],
    [2, 3],
    [255, 256],
  ] as const) {
    const error = t.throws<SslMemError>(() => checked(`${batch}`, `${parts}`));
    t.is(error?.code, "USAGE");
    t.true(
      error?.message.includes(`--batch ${batch} `) && error.message.includes(`received ${parts}.`),
      error?.message,
    );
    const [, fewer, other] = /^--accumulate (\d+), or --batch (\d+)$/.exec(error?.hint ?? "") ?? [];
    t.notThrows(() => checked(`${batch}`, fewer as string));
    t.notThrows(() => checked(other as string, `${parts}`));
  }
  t.notThrows(() => checkParts(12, 6));
  t.throws(() => checkParts(12, 12), { code: "USAGE" }, "one image in a part");
  t.notThrows(() => checkParts(12, 1));
  for (const parts of [0, -1, 1.5, Number.NaN]) t.throws(() => checkParts(12, parts), { code: "USAGE" });
});

test("the batch in parts that some images fill", (t) => {
  t.deepEqual(
    [
      [50, 1],
      [50, 4],
      [3, 4],
      [1, 1],
      [0, 3],
    ].map(([images, parts]) => batchInParts(images as number, parts as number)),
    [50, 48, 8, 2, 6],
  );
  // Half of 102 images is less than the preset's batch, and stays one that four parts divide.
  const preset = resolved(["accumulate", "4"]);
  t.is(trainingPlan(preset, 1000).batch, preset.settings.batch);
  t.is(trainingPlan(preset, 102).batch, 48);
  const few = resolved(["batch", "64"], ["accumulate", "8"]);
  const error = t.throws<SslMemError>(() => checkedPairPlan(few, { f: 40, g: 40 }));
  t.is(error?.hint, "--batch 16");
  // Too few images for eight parts: what is said is what works.
  const [accumulate, batch] = /^--accumulate (\d+) --batch (\d+)$/
    .exec(t.throws<SslMemError>(() => checkedPairPlan(few, { f: 6, g: 6 }))?.hint ?? "")
    ?.slice(1) ?? ["", ""];
  const mended = resolved(["batch", batch as string], ["accumulate", accumulate as string]);
  t.notThrows(() => checkedPairPlan(mended, { f: 6, g: 6 }));
  t.notThrows(() => checkConsistency(mended.settings));
});

test("the estimate of memory knows that a part is held at a time", async (t) => {
  const bytes = async (parts: string) =>
    (await estimateMemory(resolved(["batch", "4096"], ["accumulate", parts]).settings)).bytes;
  const { basis } = await estimateMemory(resolved(["batch", "64"]).settings);
  t.regex(basis, /64 images at a time through the encoder, without what heads and teachers make/);
  const [whole, half, quarter] = [await bytes("1"), await bytes("2"), await bytes("4")];
  t.true(half < whole && quarter < half);
  // What is left is halved again, beside a copy of the gradients that halves and quarters both have.
  t.true(Math.abs(half - quarter - (whole - half) / 2) < 4 * 20e6, `${whole} ${half} ${quarter}`);
});
