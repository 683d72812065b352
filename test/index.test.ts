// The public API: importing it starts nothing, and what a verb does can be done from a program.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import * as api from "../src/index.js";

const entry = fileURLToPath(new URL("../src/index.js", import.meta.url));

test("importing the package loads no engine and no core, and the process ends by itself", (t) => {
  const program = `await import(${JSON.stringify(entry)});
    const maps = (await import("node:fs")).readFileSync("/proc/self/maps", "utf8");
    console.log(JSON.stringify([/libtensorflow|libtorch/.test(maps), /sslmem[^/]*\\.node/.test(maps)]));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    cwd: tmpdir(),
    timeout: 60_000,
  });
  t.deepEqual(JSON.parse(output), [false, false]);
});

test("settingsFor takes a program's values above the preset's and says where each came from", async (t) => {
  const { settings, from, preset } = await api.settingsFor(
    { data: "synthetic:count=40,size=16", epochs: 3 },
    "demo",
  );
  t.is(settings.epochs, 3);
  t.is(from.epochs, "option");
  t.is(from.batch, "preset:demo");
  t.is(preset, "demo");
});

test("settingsFor refuses what the command line refuses", async (t) => {
  const refused = async (values: object, code: api.ErrorCode) => {
    const error = await t.throwsAsync(
      api.settingsFor({ data: "synthetic:count=40,size=16", ...values } as never),
    );
    t.is((error as api.SslMemError).code, code);
  };
  await refused({ epochs: -1 }, "USAGE");
  await refused({ arch: "resnet81" }, "USAGE");
  await refused({ data: "/no/such/folder" }, "DATA");
});

test("a program lists, splits and reads images without the command line", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "sslmem-api-"));
  t.teardown(() => rmSync(root, { recursive: true }));
  const resolved = await api.settingsFor({
    data: "synthetic:count=40,test=10,size=16",
    cacheImages: false,
    limit: null,
    shared: 0.5,
    candidate: 0.25,
    independent: 0.25,
    external: null,
  });
  const run = await api.openRun({
    root,
    resolved,
    steps: ["manifest", "split"],
    force: false,
    shard: null,
    command: "test",
  });
  t.teardown(() => run.release());
  const context = api.stepContext(run);
  const { split } = await api.dividedImages(context);
  const sizes = api.SUBSETS.map((subset) => split.indices(subset).length);
  t.deepEqual(sizes, [20, 10, 10, 10]);
});
