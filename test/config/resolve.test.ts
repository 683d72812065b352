import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { definitionOf, SETTING_KEYS, type SettingKey } from "../../src/config/all-settings.js";
import { readConfigFile } from "../../src/config/file.js";
import { machineSettingsFrom } from "../../src/config/machine-environment.js";
import { getPreset } from "../../src/config/presets/index.js";
import { type Layers, resolveSettings } from "../../src/config/resolve.js";
import { SslMemError } from "../../src/errors.js";

const flags = (entries: [SettingKey, string | boolean][] = []): ReadonlyMap<SettingKey, string | boolean> =>
  new Map(entries);

async function configFile(text: string): Promise<NonNullable<Layers["file"]>> {
  const path = join(await mkdtemp(join(tmpdir(), "sslmem-config-")), "settings.yaml");
  await writeFile(path, text);
  return readConfigFile(path);
}

test("flag beats file beats preset beats default, value by value", async (t) => {
  const file = await configFile("epochs: 7\nbatch: 64\nviews: 4\n");
  const all = resolveSettings({ flags: flags([["epochs", "3"]]), file, preset: "small" });
  t.is(all.settings.epochs, 3);
  t.is(all.from.epochs, "flag");
  t.is(all.settings.batch, 64);
  t.is(all.from.batch, `file:${file.path}`);
  t.is(all.settings.learningRate, 0.12);
  t.is(all.from.learningRate, "method:simclr");
  t.is(all.settings.distance, "l2");
  t.is(all.from.distance, "default");
  const withoutFlag = resolveSettings({ flags: flags(), file, preset: "small" });
  t.is(withoutFlag.settings.epochs, 7);
  const withoutFile = resolveSettings({ flags: flags(), preset: "small" });
  t.is(withoutFile.settings.epochs, getPreset("small").settings.epochs as number);
  t.is(withoutFile.from.epochs, "preset:small");
});

test("a method has defaults of its own, by the size of the data; another method's are not taken over", (t) => {
  const of = (method: string, recipe: string) =>
    resolveSettings({
      flags: flags([
        ["method", method],
        ["recipe", recipe],
      ]),
    });
  for (const [method, recipe, rate] of [
    ["simclr", "tiny", 0.12],
    ["simclr", "imagenet", 0.6],
    ["simsiam", "tiny", 0.03],
  ] as const) {
    const { settings, from } = of(method, recipe);
    t.is(settings.learningRate, rate);
    t.is(from.learningRate, `method:${method}`);
  }
  const before = of("simclr", "tiny");
  const settings = new Map([["learningRate", { value: 0.12, from: before.from.learningRate }]] as const);
  const recorded = { preset: "small", settings } as Layers["recorded"];
  t.is(resolveSettings({ flags: flags([["method", "simsiam"]]), recorded }).settings.learningRate, 0.03);
  t.is(resolveSettings({ flags: flags(), recorded }).settings.learningRate, 0.12);
});

/** What a run's config.json would hold of settings that were resolved. */
test("a record of before there was a setting means what was then, not what the method would have now", (t) => {
  const given = flags([
    ["recipe", "imagenet"],
    ["arch", "resnet18"],
  ]);
  const now = resolveSettings({ flags: given });
  t.deepEqual([now.settings.zeroInitResidual, now.from.zeroInitResidual], [true, "method:simclr"]);
  const recorded = recordOf(now);
  t.true(resolveSettings({ flags: flags(), recorded }).settings.zeroInitResidual);
  ((recorded?.settings ?? new Map()) as Map<string, unknown>).delete("zeroInitResidual");
  t.false(resolveSettings({ flags: flags(), recorded }).settings.zeroInitResidual);
  const another = flags([["method", "byol"]]);
  t.true(
    resolveSettings({ flags: another, recorded }).settings.zeroInitResidual,
    "another method begins anew",
  );
});

function recordOf({ settings, from, preset }: ReturnType<typeof resolveSettings>): Layers["recorded"] {
  const keys = Object.keys(settings) as SettingKey[];
  return { preset, settings: new Map(keys.map((key) => [key, { value: settings[key], from: from[key] }])) };
}

test("of a run's record, defaults count for the same method and recipe only; what was given counts always", (t) => {
  const first = resolveSettings({ flags: flags([["batch", "77"]]) });
  const recorded = recordOf(first);
  // The same command again is the same, whatever the order of its words.
  t.deepEqual(resolveSettings({ flags: flags(), recorded }).settings, first.settings);
  for (const [given, rate, projection] of [
    [[["recipe", "imagenet"]], 0.6, 128],
    [[["method", "byol"]], 0.05, 64],
    [
      [
        ["method", "simsiam"],
        ["recipe", "cifar"],
      ],
      0.06,
      2048,
    ],
  ] as [[SettingKey, string][], number, number][]) {
    const { settings } = resolveSettings({ flags: flags(given), recorded });
    t.is(settings.learningRate, rate);
    t.is(settings.projectorDim, projection);
    t.is(settings.batch, 77);
    // As in a new run, but for what was given to this one.
    const fresh = resolveSettings({ flags: flags([...given, ["batch", "77"]]) });
    t.deepEqual(settings, fresh.settings);
    // And the next command on the run goes on with it.
    const later = resolveSettings({ flags: flags(), recorded: recordOf({ ...fresh, settings }) });
    t.deepEqual(later.settings, settings);
  }
  t.is(resolveSettings({ flags: flags(), preset: "imagenet", recorded }).settings.learningRate, 0.6);
});

test("what an earlier command gave is dropped where nobody reads it now", (t) => {
  const recorded = recordOf(resolveSettings({ flags: flags([["temperature", "0.2"]]) }));
  const { settings, from } = resolveSettings({ flags: flags([["method", "byol"]]), recorded });
  t.is(settings.temperature, 0.5);
  t.is(from.temperature, "default");
  t.is(resolveSettings({ flags: flags(), recorded }).settings.temperature, 0.2);
  const momentum = recordOf(resolveSettings({ flags: flags([["momentum", "0.95"]]) }));
  t.notThrows(() => resolveSettings({ flags: flags([["optimizer", "adamw"]]), recorded: momentum }));
});

test("a setting that the method or optimiser does not read is refused, naming who reads it", async (t) => {
  const refused = (given: Parameters<typeof flags>[0], message: RegExp, file?: Layers["file"]) =>
    t.throws(() => resolveSettings({ flags: flags(given), file }), { code: "USAGE", message });
  refused(
    [
      ["method", "supervised"],
      ["temperature", "0.1"],
    ],
    /--method supervised reads but received --temperature, which only simclr, moco read/,
  );
  refused(
    [
      ["optimizer", "adamw"],
      ["momentum", "0.1"],
    ],
    /--optimizer adamw reads but received --momentum, which only sgd, lars read/,
  );
  const error = t.throws(() =>
    resolveSettings({
      flags: flags([
        ["optimizer", "adamw"],
        ["momentum", "0.1"],
      ]),
    }),
  );
  t.is((error as SslMemError).hint, "--optimizer sgd, or no --momentum", "the flag as it is typed");
  refused(
    [["method", "supervised"]],
    /received projector-dim in .*settings\.yaml, which only simclr, moco, simsiam and \d+ more read/,
    await configFile("projector-dim: 7\n"),
  );
  t.is(resolveSettings({ flags: flags([["projectorDim", "7"]]) }).settings.projectorDim, 7);
});

test("the file beats the environment, which yargs' own order would turn round", async (t) => {
  const environment = machineSettingsFrom({ SSLMEM_DEVICE: "cuda:1" });
  const file = await configFile("device: cpu\n");
  t.is(resolveSettings({ flags: flags(), file, environment }).settings.device, "cpu");
  const bare = resolveSettings({ flags: flags(), environment });
  t.is(bare.settings.device, "cuda:1");
  t.is(bare.from.device, "environment:SSLMEM_DEVICE");
  t.is(
    resolveSettings({ flags: flags([["device", "cuda:3"]]), file, environment }).settings.device,
    "cuda:3",
  );
});

test("the environment never sets what changes a number", (t) => {
  const environment = machineSettingsFrom({
    SSLMEM_EPOCHS: "1",
    SSLMEM_VIEWS: "2",
    SSLMEM_SEED: "5",
    EPOCHS: "1",
  });
  t.is(environment.size, 0);
});

test("a preset named in the file counts, one on the command line beats it", async (t) => {
  const file = await configFile("preset: cifar\n");
  t.is(resolveSettings({ flags: flags(), file }).settings.epochs, 600);
  t.is(resolveSettings({ flags: flags(), file, preset: "demo" }).preset, "demo");
});

test("how a command works is not remembered by the run: workers, device, threads, the cache", (t) => {
  const how = SETTING_KEYS.filter((key) => definitionOf(key).step === null);
  for (const key of ["workers", "device", "threads", "cacheImages", "cacheLimit"] as const)
    t.true(how.includes(key), key);
  const values = [
    ["cacheImages", false],
    ["workers", 3],
    ["device", "cuda:7"],
    ["cacheSide", 64],
  ] as const;
  const recorded = {
    preset: "small",
    settings: new Map(values.map(([key, value]) => [key, { value, from: "flag" }] as const)),
  };
  const { settings, from } = resolveSettings({ flags: new Map(), recorded });
  t.deepEqual([settings.cacheImages, settings.workers, settings.device], [true, null, "auto"]);
  t.is(from.cacheImages, "default");
  t.is(settings.cacheSide, 64, "which changes pixels");
});

test("a run's own record stands above the default preset and below one that is named", (t) => {
  const recorded = { preset: "small", settings: new Map([["epochs", { value: 11, from: "flag" }]] as const) };
  const later = resolveSettings({ flags: flags(), recorded: recorded as Layers["recorded"] });
  t.is(later.settings.epochs, 11);
  t.is(later.from.epochs, "flag");
  t.is(
    resolveSettings({ flags: flags(), preset: "cifar", recorded: recorded as Layers["recorded"] }).settings
      .epochs,
    600,
  );
  t.is(
    resolveSettings({ flags: flags([["epochs", "2"]]), recorded: recorded as Layers["recorded"] }).settings
      .epochs,
    2,
  );
});

test("a value out of range is refused with its place, its range and what came", async (t) => {
  const cases: [[SettingKey, string], RegExp][] = [
    [["views", "0"], /an integer in \[1, 1000\] for --views but received 0/],
    [["views", "many"], /for --views but received "many"/],
    [["epochs", "-3"], /for --epochs but received -3/],
    [["epochs", "2.5"], /an integer .* for --epochs but received 2\.5/],
    [["learningRate", "0"], /a number in \(0, 100\] for --learning-rate but received 0/],
    [["learningRate", ""], /for --learning-rate but received ""/],
    [["pairSeeds", "other"], /one of same, independent for --pair-seeds but received "other"/],
    [
      ["candidate", "1.5"],
      /a share in \[0, 1\] \(1 is all\) or a whole number of images above 1 for --candidate but received 1\.5/,
    ],
  ];
  for (const [flag, message] of cases) {
    const error = t.throws(() => resolveSettings({ flags: flags([flag]) }), { instanceOf: SslMemError });
    t.is(error?.code, "USAGE");
    t.regex(error?.message ?? "", message);
  }
  const file = await configFile("views: '10'\n");
  t.throws(() => resolveSettings({ flags: flags(), file }), {
    message: /for views in .*settings\.yaml but received "10"/,
  });
});

test("an unknown key in a file names the nearest one, in whatever spelling", async (t) => {
  for (const [written, meant] of [
    ["epoch", "epochs"],
    ["imageSize", "image-size"],
    ["learning_rate", "learning-rate"],
    ["presets", "preset"],
  ]) {
    const error = await t.throwsAsync(configFile(`${written}: 3\n`), { instanceOf: SslMemError });
    t.is(error?.code, "USAGE");
    t.true(error?.message.includes(`"${written}"`));
    t.true(error?.hint?.includes(`"${meant}"`), `${written}: ${error?.hint}`);
  }
});

test("files that are no settings are refused in a sentence", async (t) => {
  for (const [content, message] of [
    ["- 1\n- 2\n", /but received a list/],
    ["epochs: [1", /does not parse/],
    ["just words", /but received string/],
    ["lr: 1\nlearning-rate: 2\n", /under two names/],
  ] as const) {
    await t.throwsAsync(configFile(content), { instanceOf: SslMemError, message });
  }
  await t.throwsAsync(readConfigFile("/nowhere/at/all.yaml"), { message: /there is no such file/ });
});
