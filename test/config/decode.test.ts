import test from "ava";
import { checkConsistency } from "../../src/config/consistency.js";
import { resolveSettings } from "../../src/config/resolve.js";

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
  t.notThrows(() => checkConsistency(settings([["decode", "sharp"]])));
  t.is(settings([]).decode, "auto");
});
