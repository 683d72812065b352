import test from "ava";
import { definitionOf, SETTING_KEYS, type Settings, settingNamed } from "../../src/config/all-settings.js";
import { checkConsistency } from "../../src/config/consistency.js";
import { editDistance, nearest } from "../../src/config/nearest-name.js";
import { getPreset, presetNames } from "../../src/config/presets/index.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { SslMemError } from "../../src/errors.js";
import { parseShard, shardFromEnvironment } from "../../src/run/shard.js";
import { kebab } from "../../src/settings/setting.js";

test("every setting has words, a default in its own range and a name of its own", (t) => {
  t.true(SETTING_KEYS.length > 30);
  const names = new Set<string>();
  for (const key of SETTING_KEYS) {
    const definition = definitionOf(key);
    t.true(definition.describe.length > 3, key);
    t.true(definition.kind.schema.safeParse(definition.default).success, `default of ${key}`);
    t.is(settingNamed(kebab(key)), key);
    t.false(kebab(key).startsWith("no-"), `${key}: yargs reads --no-x as x = false`);
    t.false(names.has(kebab(key)));
    names.add(kebab(key));
  }
});

test("every preset resolves, is consistent and is found by name; a slip names the nearest", (t) => {
  t.true(presetNames().includes("small"));
  for (const name of presetNames()) {
    const resolved = resolveSettings({ flags: new Map(), preset: name });
    t.notThrows(() => checkConsistency(resolved.settings), name);
    t.is(getPreset(name).name, name);
  }
  const error = t.throws(() => getPreset("smal"), { instanceOf: SslMemError });
  t.is(error?.code, "USAGE");
  t.is(error?.hint, "--preset small");
});

test("contradictions between settings are refused", (t) => {
  const base = resolveSettings({ flags: new Map() }).settings;
  const refused = (change: Partial<Settings>, message: RegExp): void => {
    const error = t.throws(() => checkConsistency({ ...base, ...change }), { instanceOf: SslMemError });
    t.is(error?.code, "USAGE");
    t.regex(error?.message ?? "", message);
  };
  refused({ shared: 0.8, candidate: 0.2, independent: 0.1 }, /0\.8 \+ 0\.2 \+ 0\.1 = 1\.1/);
  refused({ candidate: 0 }, /0 for --candidate/);
  refused({ limit: 100, shared: 80, candidate: 20, independent: 20 }, /80 \+ 20 \+ 20 = 120/);
  refused({ viewScheme: "disjoint", views: 5 }, /even number for --views/);
  refused({ alignmentWeight: 0.1, alignmentFrom: 200, epochs: 200 }, /below --epochs 200.* received 200/);
  t.notThrows(() => checkConsistency({ ...base, alignmentWeight: 0.1, alignmentFrom: 199, epochs: 200 }));
  t.throws(() => checkConsistency({ ...base, alignmentFrom: 20 }, { alignmentFrom: "flag" }), {
    message: /--alignment-weight with --alignment-from 20/,
  });
  t.notThrows(() => checkConsistency({ ...base, alignmentFrom: 20 }, { alignmentFrom: "default" }));
  refused({ f: "a", g: "b", network: "average" }, /no --network with weights from elsewhere/);
  t.notThrows(() => checkConsistency({ ...base, viewScheme: "disjoint", views: 6 }));
  t.notThrows(() => checkConsistency({ ...base, limit: 120, shared: 80, candidate: 20, independent: 20 }));
});

test("--shard is i of n, counted from 1", (t) => {
  t.deepEqual(parseShard("1/4"), { index: 0, count: 4, from: "--shard" });
  t.deepEqual(parseShard("4/4"), { index: 3, count: 4, from: "--shard" });
  for (const wrong of ["3/2", "0/2", "1", "1/0", "a/b", "-1/2", "1/2/3", "1.5/2", ""]) {
    const error = t.throws(() => parseShard(wrong), { instanceOf: SslMemError });
    t.is(error?.code, "USAGE", wrong);
  }
});

test("the shard of a Slurm step or of torchrun is read, and only inside a step", (t) => {
  const step = { SLURM_STEP_ID: "0", SLURM_PROCID: "2", SLURM_NTASKS: "4" };
  t.like(shardFromEnvironment(step), { index: 2, count: 4 });
  t.is(shardFromEnvironment({ SLURM_PROCID: "0", SLURM_NTASKS: "4" }), null);
  t.is(shardFromEnvironment({ ...step, SLURM_NTASKS: "1" }), null);
  t.like(shardFromEnvironment({ RANK: "1", WORLD_SIZE: "2" }), { index: 1, count: 2 });
  t.is(shardFromEnvironment({}), null);
  t.throws(() => shardFromEnvironment({ RANK: "5", WORLD_SIZE: "2" }), { instanceOf: SslMemError });
  t.throws(() => shardFromEnvironment({ WORLD_SIZE: "2" }), { instanceOf: SslMemError });
});

test("the nearest name is the one a slip of the finger away, or none", (t) => {
  t.is(editDistance("kitten", "sitting"), 3);
  t.is(editDistance("ab", "ba"), 1);
  t.is(editDistance("", "abc"), 3);
  t.is(nearest("aduit", ["audit", "split"]), "audit");
  t.is(nearest("tarin", ["audit", "train"]), "train");
  t.is(nearest("xyzzyx", ["audit", "train"]), undefined);
});
