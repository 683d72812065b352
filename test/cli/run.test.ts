import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { SettingKey } from "../../src/config/all-settings.js";
import { readConfigFile } from "../../src/config/file.js";
import { type Resolved, resolveSettings } from "../../src/config/resolve.js";
import { SslMemError } from "../../src/errors.js";
import { defaultRunDirectory } from "../../src/run/default-directory.js";
import { openRun, type Run } from "../../src/run/open-run.js";
import { differences, type RunRecord } from "../../src/run/record.js";

const ALL = ["manifest", "split", "train", "score", "analyze"] as const;

function settled(flags: [SettingKey, string][] = []): Resolved {
  return resolveSettings({
    flags: new Map<SettingKey, string | boolean>([["data", "/some/images"], ...flags]),
  });
}

function open(root: string, resolved: Resolved, force = false): Promise<Run> {
  return openRun({ root, resolved, steps: ALL, force, shard: null, command: "sslmem audit" });
}

async function runWithScores(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "sslmem-run-"));
  const run = await open(root, settled());
  await writeFile(run.paths.manifest, "m");
  await writeFile(run.paths.split, "s");
  for (const folder of [run.paths.encoder("f", 0), run.paths.encoder("f", 1), run.paths.scores]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(run.paths.analysis, "a");
  await run.release();
  return root;
}

test("config.json has every value with its origin, and can be given as --config", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "sslmem-run-"));
  const resolved = settled([["epochs", "3"]]);
  const run = await open(root, resolved);
  await run.release();
  const config = JSON.parse(await readFile(run.paths.config, "utf8"));
  t.is(config.schema, "sslmem/config@1");
  t.deepEqual(config.settings.epochs, { value: 3, from: "flag" });
  t.deepEqual(config.settings["learning-rate"], { value: 0.12, from: "method:simclr" });
  t.deepEqual(config.settings.distance, { value: "l2", from: "default" });
  const again = resolveSettings({ flags: new Map(), file: await readConfigFile(run.paths.config) });
  t.deepEqual(again.settings, resolved.settings);
});

test("environment.json keeps one entry per command", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "sslmem-run-"));
  for (let i = 0; i < 2; i++) await (await open(root, settled())).release();
  const { schema, sessions } = JSON.parse(await readFile(join(root, "environment.json"), "utf8"));
  t.is(schema, "sslmem/environment@1");
  t.is(sessions.length, 2);
  for (const fact of ["node", "cpu", "cores", "packages", "command", "started", "sslmem"])
    t.truthy(sessions[0][fact], fact);
});

test("the same settings again are welcome; changed ones are refused with their name and both values", async (t) => {
  const root = await runWithScores();
  await (await open(root, settled())).release();
  const error = await t.throwsAsync(
    open(
      root,
      settled([
        ["views", "4"],
        ["epochs", "7"],
      ]),
    ),
    { instanceOf: SslMemError },
  );
  t.is(error?.code, "USAGE");
  t.regex(error?.message ?? "", /epochs 160 \(now 7\), views 10 \(now 4\)/);
  t.regex(error?.hint ?? "", /--force to do train, score, analyze again/);
});

test("another data set is refused as such", async (t) => {
  const root = await runWithScores();
  const error = await t.throwsAsync(open(root, settled([["data", "/other/images"]])), {
    instanceOf: SslMemError,
  });
  t.regex(error?.message ?? "", /Expected the data set .* \/some\/images, but received \/other\/images/);
});

test("data that have moved are the same data: nothing is at the old path, and the last name is the same", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "sslmem-moved-"));
  const at = (folder: string) => join(root, folder, "photos");
  for (const folder of ["old", "new"]) await mkdir(at(folder), { recursive: true });
  const record = (data: string) => ({
    preset: "small",
    settings: new Map([["data", { value: data, from: "flag" }]]) as RunRecord["settings"],
  });
  const asked = (data: string) => resolveSettings({ flags: new Map([["data", data]]) });
  t.is(differences(record(at("old")), asked(at("new"))).length, 1, "both are there");
  await rm(at("old"), { recursive: true });
  t.deepEqual(differences(record(at("old")), asked(at("new"))), []);
  await rename(at("new"), join(root, "new", "pictures"));
  t.is(differences(record(at("old")), asked(join(root, "new", "pictures"))).length, 1, "another name");
});

test("of a config.json given as --config, defaults hold for its own method only", async (t) => {
  const fileOf = async (flags: [SettingKey, string][]) => {
    const run = await open(await mkdtemp(join(tmpdir(), "sslmem-run-")), settled(flags));
    await run.release();
    return readConfigFile(run.paths.config);
  };
  const file = await fileOf([["temperature", "0.3"]]);
  t.is(resolveSettings({ flags: new Map(), file }).settings.learningRate, 0.12);
  t.throws(() => resolveSettings({ flags: new Map([["method", "byol"]]), file }), {
    message: /temperature in/,
  });
  const plain = await fileOf([]);
  const byol = resolveSettings({ flags: new Map([["method", "byol"]]), file: plain }).settings;
  t.is(byol.learningRate, 0.05);
  t.is(byol.projectorDim, 64);
});

test("what is not done yet may change, and so may facts of the machine", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "sslmem-run-"));
  const run = await open(root, settled());
  await writeFile(run.paths.split, "s");
  await run.release();
  await (await open(root, settled([["epochs", "7"]]))).release();
  await t.throwsAsync(
    open(
      root,
      settled([
        ["epochs", "7"],
        ["limit", "100"],
      ]),
    ),
    { message: /limit 650 \(now 100\)/ },
  );
  const scored = await runWithScores();
  await (
    await open(
      scored,
      settled([
        ["threads", "1"],
        ["device", "cpu"],
        ["workers", "2"],
      ]),
    )
  ).release();
});

test("--force moves aside from the first changed step on, and deletes nothing", async (t) => {
  const root = await runWithScores();
  const run = await open(root, settled([["views", "4"]]), true);
  await run.release();
  t.is(run.movedTo, join(root, "replaced-1"));
  t.deepEqual((await readdir(join(root, "replaced-1"))).sort(), ["analysis.json", "scores"]);
  t.true((await readdir(root)).includes("f"));
  const all = await open(root, settled([["views", "4"]]), true);
  await all.release();
  t.deepEqual((await readdir(join(root, "replaced-2"))).sort(), [
    "f",
    "manifest.parquet",
    "pair-1",
    "split.parquet",
  ]);
});

test("a refused command leaves the lock free and the record as it was", async (t) => {
  const root = await runWithScores();
  const before = await readFile(join(root, "config.json"), "utf8");
  await t.throwsAsync(open(root, settled([["views", "4"]])));
  t.is(await readFile(join(root, "config.json"), "utf8"), before);
  await (await open(root, settled())).release();
});

test("a file, and a folder of something else, are not taken for a run", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "sslmem-run-"));
  await writeFile(join(folder, "thesis.tex"), "mine");
  await t.throwsAsync(open(folder, settled()), { message: /holds other files \(thesis\.tex\)/ });
  await t.throwsAsync(open(join(folder, "thesis.tex"), settled()), { message: /a file is in the way/ });
  await t.throwsAsync(open(join(folder, "thesis.tex", "run"), settled()), {
    message: /a file is in the way/,
  });
});

test("the default run directory is named after data and preset", (t) => {
  t.is(defaultRunDirectory("/data/my images/", "small"), "runs/my-images-small");
  t.is(defaultRunDirectory("x/cifar10-jpeg.tar", "small"), "runs/cifar10-jpeg-small");
  t.is(defaultRunDirectory("synthetic:count=10", "demo"), "runs/synthetic-demo");
  t.is(defaultRunDirectory(".", "small"), "runs/data-small");
});

test("a command that only looks leaves the record and what is there alone, but wants a trained run's own settings", async (t) => {
  const root = await runWithScores();
  const before = [await readFile(join(root, "config.json"), "utf8"), (await readdir(root)).sort()];
  const look = (resolved: Resolved, at = root) =>
    openRun({
      root: at,
      resolved,
      steps: ["analyze"],
      force: true,
      shard: null,
      command: "sslmem localize",
      looksOnly: true,
    });
  const run = await look(settled([["views", "4"]]));
  await run.release();
  t.is(run.movedTo, null);
  t.is(run.resolved.settings.views, 4);
  const names = (await readdir(root)).filter((name) => name !== "environment.json").sort();
  const kept = (before[1] as string[]).filter((name) => name !== "environment.json");
  t.deepEqual(names, kept);
  t.is(await readFile(join(root, "config.json"), "utf8"), before[0] as string);
  await t.throwsAsync(look(settled([["epochs", "8"]])), { message: /epochs/ });
  await t.throwsAsync(look(settled([]), await mkdtemp(join(tmpdir(), "sslmem-run-"))), {
    message: /no config.json/,
  });
});
