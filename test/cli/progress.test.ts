import test from "ava";
import { formatFailure } from "../../src/cli/failure.js";
import { createOutput } from "../../src/cli/output.js";
import { createProgress, describePoint, duration } from "../../src/cli/progress-bar.js";
import { SslMemError } from "../../src/errors.js";

interface Sink {
  text: string;
  isTTY: boolean;
  columns: number;
  write(text: string): boolean;
}

function sink(isTTY: boolean): Sink & NodeJS.WriteStream {
  const target = {
    text: "",
    isTTY,
    columns: 80,
    write(text: string) {
      target.text += text;
      return true;
    },
    on: () => {},
    removeListener: () => {},
    clearLine: () => true,
    cursorTo: () => true,
    moveCursor: () => true,
    clearScreenDown: () => true,
  };
  return target as unknown as Sink & NodeJS.WriteStream;
}

test("without a terminal: one line when it begins, one every 30 s, one when it ends", async (t) => {
  const stream = sink(false);
  let clock = 0;
  const progress = await createProgress({ enabled: true, stream, env: {}, now: () => clock });
  progress.start("training f");
  for (clock = 0; clock <= 65_000; clock += 1000) {
    progress.update({
      done: clock / 1000,
      total: 100,
      loss: 3.21449,
      imagesPerSecond: 512.4,
      etaSeconds: 200,
    });
  }
  progress.finish("100 steps");
  t.is(
    stream.text,
    [
      "training f …",
      "training f: 30 of 100, loss 3.214, 512 images/s, 3 min 20 s left",
      "training f: 60 of 100, loss 3.214, 512 images/s, 3 min 20 s left",
      "training f: 100 steps",
      "",
    ].join("\n"),
  );
});

test("a bar only on a terminal that is neither CI nor dumb; nothing at all when switched off", async (t) => {
  const isBar = async (isTTY: boolean, env: Record<string, string>): Promise<boolean> => {
    const stream = sink(isTTY);
    const progress = await createProgress({ enabled: true, stream, env });
    progress.start("scoring");
    progress.update({ done: 1, total: 2 });
    progress.finish();
    return !stream.text.startsWith("scoring …");
  };
  t.true(await isBar(true, {}));
  t.false(await isBar(false, {}));
  t.false(await isBar(true, { CI: "true" }));
  t.true(await isBar(true, { CI: "false" }));
  t.false(await isBar(true, { TERM: "dumb" }));
  const stream = sink(true);
  const none = await createProgress({ enabled: false, stream, env: {} });
  none.start("x");
  none.finish();
  t.is(stream.text, "");
});

test("NO_COLOR is honoured", async (t) => {
  for (const [env, hasColour] of [
    [{}, true],
    [{ NO_COLOR: "1" }, false],
  ] as const) {
    const stream = sink(true);
    const progress = await createProgress({ enabled: true, stream, env });
    progress.start("scoring");
    progress.update({ done: 1, total: 2 });
    progress.finish();
    t.is(stream.text.includes("\u001b[36m"), hasColour);
  }
});

test("durations and points in words, zero included", (t) => {
  t.is(duration(0), "0 s");
  t.is(duration(59.6), "1 min 0 s");
  t.is(duration(3661), "1 h 1 min");
  t.is(duration(Number.NaN), "unknown time");
  t.is(describePoint({ done: 0, total: 0 }), "0 of 0");
});

test("each format prints its own shape, and narration keeps off stdout", (t) => {
  for (const format of ["human", "json", "quiet"] as const) {
    const [stdout, stderr] = [sink(false), sink(false)];
    const output = createOutput(format, stdout, stderr);
    output.note("by the way");
    output.warn("careful");
    output.result({
      human: () => "Human",
      json: () => ({ schema: "x@1", value: 0, none: Number.NaN }),
      quiet: () => "q",
    });
    t.is(
      stdout.text,
      { human: "Human\n", json: '{\n  "schema": "x@1",\n  "value": 0,\n  "none": null\n}\n', quiet: "q\n" }[
        format
      ],
    );
    t.is(stderr.text, format === "quiet" ? "sslmem: careful\n" : "by the way\nsslmem: careful\n");
  }
});

test("an error is a sentence and a hint; the stack comes with --verbose only", (t) => {
  const error = new SslMemError("DATA", "Expected images in x but found none.", "another folder");
  t.is(formatFailure(error, false), "sslmem: Expected images in x but found none.\nTry: another folder\n");
  t.true(formatFailure(error, true).includes("progress.test"));
  t.regex(formatFailure(new TypeError("x is not a function"), false), /this is a bug: x is not a function/);
});
