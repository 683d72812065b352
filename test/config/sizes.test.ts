import test from "ava";
import { checkConsistency } from "../../src/config/consistency.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { countOf } from "../../src/data/index.js";
import { isShare } from "../../src/data/share.js";
import { splitSizes } from "../../src/steps/split-sizes.js";

const resolved = (...flags: [string, string][]) =>
  resolveSettings({ flags: new Map(flags) as never, preset: "small" });
const value = (text: string) => resolved(["candidate", text]).settings.candidate;

test("one image is never meant: 1 is the share of all, however it is written", (t) => {
  for (const text of ["1", "1.0", "1.", "1e0", "+1"]) {
    t.is(value(text), 1, text);
    t.is(countOf(value(text), 200, false), 200, text);
    const error = t.throws(() => checkConsistency(resolved(["candidate", text]).settings));
    t.like(error, { code: "USAGE", hint: "--candidate 0.1, or --candidate 2" });
    t.regex(error?.message ?? "", /for --candidate but received 1, which is the share of all images/);
  }
  for (const text of ["100 %", "100%", "1.5", "-1", "all"])
    t.throws(
      () => value(text),
      { message: /Expected a share in \[0, 1\] \(1 is all\) or a whole number/ },
      text,
    );
});

test("a file of settings and a program say 1 alike", (t) => {
  for (const key of ["shared", "candidate", "independent"] as const) {
    const options = new Map([[key, 1]]);
    const { settings } = resolveSettings({ flags: new Map(), options });
    t.throws(() => checkConsistency(settings), { message: new RegExp(`for --${key} but received 1,`) });
    t.throws(() => resolveSettings({ flags: new Map(), options: new Map([[key, "1"]]) }), {
      message: /received "1"/,
    });
  }
});

test("below 1 a share, above it a number, by every reader", (t) => {
  t.deepEqual([0, 0.5, 1, 2, 200].map(isShare), [true, true, true, false, false]);
  t.is(countOf(0.5, 200, false), 100);
  t.is(countOf(2, 200, false), 2);
  t.is(countOf(1, 220, true), 200, "a tenth of it is left for external images");
  const sizes = (candidate: string) =>
    splitSizes(resolved(["candidate", candidate]), { train: 1000, test: 300 });
  // A share of the images that the preset means to use, and as many independent ones.
  t.like(sizes("0.2"), { candidate: 0.2, independent: 0.2, limit: 650 });
  t.like(sizes("2"), { candidate: 2, independent: 2, limit: null });
  // Asked without the check before it, the sizes still read 1 as all of them.
  t.throws(() => sizes("1"), { code: "USAGE", message: /--candidate take 1300/ });
  // All external images: as many as there are used ones, if the test part has them.
  t.notThrows(() => checkConsistency(resolved(["external", "1"]).settings));
});

test("a limit is compared with numbers of images only", (t) => {
  const flags: [string, string][] = [
    ["limit", "100"],
    ["shared", "60"],
    ["candidate", "30"],
    ["independent", "20"],
  ];
  t.throws(() => checkConsistency(resolved(...flags).settings), { message: /60 \+ 30 \+ 20 = 110/ });
  flags[3] = ["independent", "0.2"];
  t.notThrows(() => checkConsistency(resolved(...flags).settings));
});

test("a slip in the split scheme is refused before anything is listed", (t) => {
  t.throws(() => resolved(["splitScheme", "rndom"]), {
    code: "USAGE",
    message: 'Expected one of random, file-order for --split-scheme but received "rndom".',
  });
  t.is(resolved(["splitScheme", "file-order"]).settings.splitScheme, "file-order");
});
