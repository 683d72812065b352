import test from "ava";
import { definitionOf, SETTING_KEYS, type SettingKey, type Settings } from "../../src/config/all-settings.js";
import { isRead } from "../../src/config/readers.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { getMethod, methodNames } from "../../src/methods/registry.js";
import { optimizerNames } from "../../src/optimizers/registry.js";
import type { Computed } from "../../src/train/recipe.js";
import { checkIdentity, identityOf, recipeOf } from "../../src/train/recipe.js";
import type { TrainOptions } from "../../src/train/types.js";
import { canTrain, networkNamed } from "../networks.js";

const { settings } = resolveSettings({ flags: new Map() });
/** Values that no default is, of every kind that a setting has. */
const OTHERS = [
  ...[true, false, 0.123, 3, 64, 77, "dino-wide", "nvjpeg", "bf16", "adamw", "independent", "another"],
  ...["linear", "tensor", "later", "sincos", "dino"],
];

/** The identity that a run's settings come to, for g of pair 3. */
function identity(changes: Partial<Settings>, indices = Uint32Array.of(1, 2, 3), manifestHash = "m"): string {
  const all = { ...settings, ...changes };
  const options = { ...recipeOf(all, 3, "g"), indices, manifestHash } as TrainOptions;
  return identityOf(options, all as Computed);
}

test("every setting whose step is train changes the checkpoint's identity", (t) => {
  for (const method of methodNames())
    for (const optimizer of optimizerNames()) {
      const named = { sgd: "resnet9", adamw: "vit-tiny-4" }[optimizer] ?? "resnet50";
      const arch = canTrain(method, networkNamed(named, 32)) ? named : "vit-tiny-4";
      const { policy = "simclr" } = getMethod(method).defaults;
      const chosen = { method, optimizer, arch };
      const base = { ...chosen, policy, imageSize: 32 };
      const before = identity(base);
      const unmoved: SettingKey[] = [];
      for (const key of SETTING_KEYS.filter((name) => definitionOf(name).step === "train")) {
        const other = OTHERS.find(
          (value) => value !== settings[key] && definitionOf(key).kind.schema.safeParse(value).success,
        );
        t.not(other, undefined, key);
        if (key in chosen) continue;
        const isMoved = identity({ ...base, [key]: other }) !== before;
        // One encoder's weights do not depend on how many other pairs there are, nor on what nobody reads.
        t.is(
          isMoved,
          key !== "pairs" && isRead(key, chosen),
          `${key} with ${method}, ${optimizer} and ${arch}`,
        );
        if (!isMoved) unmoved.push(key);
      }
      t.true(unmoved.length > 1);
    }
  t.not(identity({ method: "simsiam" }), identity({}));
  t.not(identity({ optimizer: "adamw" }), identity({}));
});

test("settings of other steps, and how often a checkpoint is written, do not change it", (t) => {
  for (const key of SETTING_KEYS.filter((name) => definitionOf(name).step !== "train")) {
    const other = OTHERS.find(
      (value) => value !== settings[key] && definitionOf(key).kind.schema.safeParse(value).success,
    );
    t.is(identity({ [key]: other }), identity({}), key);
  }
  t.is(identity({ decode: "sharp" }), identity({ decode: "auto" }), "auto is sharp");
});

test("other images, another order of them and another data set change it", (t) => {
  t.not(identity({}, Uint32Array.of(1, 3, 2)), identity({}));
  t.not(identity({}, undefined, "n"), identity({}));
});

test("views of other groups of the policy than an earlier version took are another training", (t) => {
  for (const method of ["byol", "simsiam"]) {
    const now = (policy: string) => identity({ method, policy });
    const { groupsOfPolicy, ...early } = JSON.parse(now("dino"));
    t.deepEqual(groupsOfPolicy, [0, 1]);
    t.throws(() => checkIdentity(JSON.stringify(early), now("dino"), "dir"), {
      code: "USAGE",
      message: /groups-of-policy \[0,0\] \(now \[0,1\]\)/,
    });
    t.notThrows(() => checkIdentity(now("dino"), now("dino"), "dir"));
    t.false("groupsOfPolicy" in JSON.parse(now("simclr")), "where nothing has changed nothing new is said");
  }
  t.false("groupsOfPolicy" in JSON.parse(identity({ policy: "dino" })), "two views of the first group");
});

test("what differs is refused by the name of its flag", (t) => {
  const refused = (changes: Partial<Settings>, message: RegExp) =>
    t.throws(() => checkIdentity(identity({}), identity(changes), "dir"), { code: "USAGE", message });
  refused({ decode: "nvjpeg" }, /decode "sharp" \(now "nvjpeg"\)/);
  refused({ deterministic: true }, /deterministic false \(now true\)/);
  refused({ weightDecay: 0.5 }, /weight-decay 0.0001 \(now 0.5\)/);
  t.notThrows(() => checkIdentity(identity({}), identity({}), "dir"));
});

test("a checkpoint of an earlier version goes on where what it says is still so", (t) => {
  const {
    decode: _,
    deterministic: __,
    accumulate: ___,
    ...early
  } = JSON.parse(identity({})) as Record<string, unknown>;
  const old = JSON.stringify({ ...early, mean: null, std: null });
  t.notThrows(() => checkIdentity(old, identity({}), "dir"));
  t.notThrows(() => checkIdentity(old, identity({ deterministic: true }), "dir"));
  t.throws(() => checkIdentity(old, identity({ batch: 77 }), "dir"), { message: /batch 80 \(now 77\)/ });
  t.throws(() => checkIdentity(old, identity({ accumulate: 2 }), "dir"), {
    message: /accumulate 1 \(now 2\)/,
  });
  // Earlier versions said the settings of methods and optimisers that were not chosen, too.
  const adamw = identity({ optimizer: "adamw" });
  t.notThrows(() => checkIdentity(JSON.stringify({ ...JSON.parse(adamw), momentum: 0.3 }), adamw, "dir"));
  // Settings that did not exist had the values that they have where nothing is said.
  const NEW = ["minLearningRate", "batchScaling", "layerDecay", "weightDecayEnd", "clipScope"];
  const OWN = { adamw: ["beta1", "beta2"], lars: ["larsForm", "larsTrust", "larsClip"], sgd: [] };
  for (const [optimizer, own] of Object.entries(OWN)) {
    const now = JSON.parse(identity({ optimizer }));
    const before = JSON.stringify({
      ...now,
      ...Object.fromEntries([...NEW, ...own].map((key) => [key, undefined])),
    });
    for (const key of [...NEW, ...own]) t.true(key in now && !(key in JSON.parse(before)), key);
    t.notThrows(() => checkIdentity(before, identity({ optimizer }), "dir"), optimizer);
    const changed = identity({ optimizer, batchScaling: "sqrt" });
    t.throws(() => checkIdentity(before, changed, "dir"), { message: /batch-scaling "none" \(now "sqrt"\)/ });
  }
  const { zeroInitResidual: ____, ...resnet } = JSON.parse(identity({ arch: "resnet18-cifar" }));
  const now = (zeroInitResidual: boolean) => identity({ arch: "resnet18-cifar", zeroInitResidual });
  t.notThrows(() => checkIdentity(JSON.stringify(resnet), now(false), "dir"));
  t.throws(() => checkIdentity(JSON.stringify(resnet), now(true), "dir"), {
    message: /zero-init-residual false \(now true\)/,
  });
  // One that was trained on a normalisation of its own would be scored on another one.
  const normalised = JSON.stringify({ ...early, mean: [0.5, 0.5, 0.5], std: null });
  t.throws(() => checkIdentity(normalised, identity({}), "dir"), {
    code: "USAGE",
    message: /mean \[0.5,0.5,0.5\] \(now null\)/,
  });
});
