// The public API: importing it starts nothing, and what a verb does can be done from a program.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { VERBS } from "../src/cli/verbs.js";
import * as api from "../src/index.js";
import { PACKAGE_ROOT } from "../src/package.js";

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

/** Every export of src/index.ts: its name, and the text of the file that it comes from. */
function exportsOf(): { name: string; path: string; text: string }[] {
  const index = readFileSync(join(PACKAGE_ROOT, "src", "index.ts"), "utf8");
  return [...index.matchAll(/^export (?:type )?\{([^}]+)\} from "\.\/([^"]+)\.js";/gm)].flatMap(
    ([, names = "", path = ""]) =>
      names.split(",").map((name) => ({
        name: name
          .replace("type ", "")
          .replace(/ as .*/, "")
          .trim(),
        path,
        text: readFileSync(join(PACKAGE_ROOT, "src", `${path}.ts`), "utf8"),
      })),
  );
}

test("every public name has a docstring, and stands once", (t) => {
  const all = exportsOf();
  t.true(all.length > 60);
  for (const { name, path, text } of all) {
    const declared = new RegExp(
      `^export (?:declare )?(?:async )?(?:function\\*?|const|class|interface|type) ${name}\\b`,
      "m",
    );
    // What a room hands on is documented where it is declared.
    const source = declared.test(text) ? text : (declaringText(path, text, name) ?? "");
    const at = source.search(declared);
    t.regex(source.slice(0, Math.max(0, at)), /\*\/\n$/, `${name} (${path}) has no docstring`);
  }
});

function declaringText(path: string, text: string, name: string): string | undefined {
  const from = new RegExp(`export (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\} from "\\./([^"]+)\\.js"`).exec(
    text,
  )?.[1];
  if (from === undefined) return undefined;
  return readFileSync(join(PACKAGE_ROOT, "src", path, "..", `${from}.ts`), "utf8");
}

/** What a program calls in place of each verb. */
const IN_PLACE_OF: Readonly<Record<string, readonly unknown[]>> = {
  audit: [api.audit],
  split: [api.openRun, api.stepContext, api.dividedImages],
  train: [api.trainPairs],
  score: [api.scorePairs, api.analyzeScores],
  report: [api.writeReport, api.writeComparison],
  watch: [api.progressOf],
  curate: [api.curate, api.findScores, api.writeIdList],
  compare: [api.rankingsAt, api.compareRankings],
  embed: [api.writeEmbeddings],
  views: [api.writeViews],
  localize: [api.localizePairs],
  probe: [api.probeEncoders, api.encodersOfRun],
  list: [api.namesIn, api.summaryOf],
  doctor: [api.findings],
  cache: [api.cacheContents, api.cleanCache],
};

test("everything that a verb does is exported", (t) => {
  for (const { name } of VERBS) {
    if (name === "completion") continue; // of the command line alone
    const names = IN_PLACE_OF[name] ?? [];
    t.true(names.length > 0, name);
    for (const one of names) t.is(typeof one, "function", name);
  }
});

test("a program draws, encodes and compares views by what is exported", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sslmem-api-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const out = join(folder, "views");
  const { settings } = await api.settingsFor({
    data: "synthetic:count=8,test=0,size=16",
    imageSize: 16,
    views: 2,
  });
  const options = {
    settings,
    purpose: "score",
    epoch: 0,
    group: 0,
    format: "npy",
    out,
    reporter: api.silent,
  } as const;
  const written = await api.writeViews(options);
  t.deepEqual([...written.shape], [8, 2, 16, 16, 3]);
  const representations = Float32Array.from({ length: 2 * 2 * 3 }, (_, i) => Math.sin(i));
  const compared = await api.alignment(representations, 2, 2, 3, {
    distance: "l1",
    scheme: "pairs",
    normalize: true,
  });
  t.is(compared.loss.length, 2);
  await api.openEngine({ engine: "tensorflow" });
  const policy = api.openPolicy(api.getPolicy(settings.policy, { imageSize: 16 }));
  t.deepEqual(policy.size(0), [16, 16]);
  t.is(api.tf.tensor1d([1, 2]).size, 2);
});
