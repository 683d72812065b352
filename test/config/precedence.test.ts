import test from "ava";
import fc from "fast-check";
import { definitionOf, SETTING_KEYS, type SettingKey } from "../../src/config/all-settings.js";
import { getPreset, presetNames } from "../../src/config/presets/index.js";
import { isRead } from "../../src/config/readers.js";
import { type Layers, resolveSettings } from "../../src/config/resolve.js";
import { simclr } from "../../src/methods/simclr.js";
import type { Defaults } from "../../src/methods/types.js";

/** Settings that are whole numbers of at least 1 when given, so that a value says which layer it came from. */
const NUMBERS = SETTING_KEYS.filter(
  (key) =>
    isRead(key, { method: "simclr", optimizer: "sgd", arch: "resnet9" }) &&
    [11, 12, 13, 14, 15].every((value) => definitionOf(key).kind.schema.safeParse(value).success),
);
const some = fc.subarray([...NUMBERS]).map((keys) => new Set<SettingKey>(keys));
const preset = fc.option(fc.constantFrom(...presetNames()), { nil: undefined, freq: 2 });

test("flag > option > file > environment > named preset > the run's record > default preset > the method's defaults > default", (t) => {
  t.true(NUMBERS.length >= 10, `${NUMBERS}`);
  const layers = fc.record({ flag: some, option: some, file: some, machine: some, recorded: some });
  fc.assert(
    fc.property(layers, preset, preset, preset, (there, named, inFile, before) => {
      const map = <T>(keys: ReadonlySet<SettingKey>, value: T) =>
        new Map([...keys].map((key) => [key, value]));
      const given: Layers = {
        flags: map(there.flag, "11"),
        options: map(there.option, 12),
        file: { path: "f.yaml", preset: inFile, values: map(there.file, 13) },
        environment: map(there.machine, { value: 14, variable: "V" }),
        preset: named,
        recorded:
          before === undefined
            ? undefined
            : { preset: before, settings: map(there.recorded, { value: 15, from: "flag" }) },
      };
      const { settings, from, preset: inForce } = resolveSettings(given);
      const chosen = named ?? inFile;
      t.is(inForce, chosen ?? before ?? "small");
      for (const key of SETTING_KEYS) {
        const ofPreset = getPreset(inForce).settings[key];
        const fromPreset = ofPreset === undefined ? null : ([ofPreset, `preset:${inForce}`] as const);
        const isRecorded = before !== undefined && there.recorded.has(key) && definitionOf(key).step !== null;
        const recipes: Readonly<Record<string, Defaults>> = simclr.recipes ?? {};
        const own = { ...simclr.defaults, ...recipes[settings.recipe] } as Record<string, unknown>;
        const [value, origin] =
          (there.flag.has(key) && ([11, "flag"] as const)) ||
          (there.option.has(key) && ([12, "option"] as const)) ||
          (there.file.has(key) && ([13, "file:f.yaml"] as const)) ||
          (there.machine.has(key) && ([14, "environment:V"] as const)) ||
          (chosen !== undefined && fromPreset) ||
          (isRecorded && ([15, "flag"] as const)) ||
          fromPreset ||
          (own[key] !== undefined && [own[key], "method:simclr"]) ||
          ([definitionOf(key).default, "default"] as const);
        t.deepEqual([settings[key], from[key]], [value, origin], key);
      }
    }),
  );
});
