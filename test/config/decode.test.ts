import test from "ava";
import { checkConsistency } from "../../src/config/consistency.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { settingsFor } from "../../src/steps/settings-for.js";

const settings = (options: [string, unknown][]) =>
  resolveSettings({ flags: new Map(), options: new Map(options) as never, preset: undefined }).settings;

test("nvJPEG contradicts the image cache, which holds what sharp decoded", (t) => {
  t.throws(() => checkConsistency(settings([["decode", "nvjpeg"]])), {
    code: "USAGE",
    message: /--no-cache-images/,
  });
  const both: [string, unknown][] = [
    ["decode", "nvjpeg"],
    ["cacheImages", false],
  ];
  t.notThrows(() => checkConsistency(settings(both)));
  // Nobody has asked for the cache.
  t.notThrows(() => checkConsistency(settings([["decode", "nvjpeg"]]), { cacheImages: "default" }));
  t.notThrows(() => checkConsistency(settings([["decode", "sharp"]])));
  t.is(settings([]).decode, "auto");
});

test("with nvJPEG nothing is kept in the image cache", async (t) => {
  const data = "synthetic:count=20,size=8";
  t.false((await settingsFor({ data, decode: "nvjpeg" })).settings.cacheImages);
  t.true((await settingsFor({ data })).settings.cacheImages);
});
