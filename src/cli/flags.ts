import type { Options } from "yargs";
import { definitionOf, SETTING_KEYS, type SettingKey } from "../config/all-settings.js";
import { DEFAULT_PRESET } from "../config/presets/index.js";
import { readersInWords, readersOf } from "../config/readers.js";
import { type Resolved, resolveSettings } from "../config/resolve.js";
import { namesIn } from "../registries.js";
import { kebab } from "../settings/setting.js";
import { FORMATS } from "./output.js";
import type { Verb } from "./verb.js";

/** The settings that a verb takes as flags, in the order of the schema. */
export function settingsOf(verb: Verb): SettingKey[] {
  return SETTING_KEYS.filter(
    (key) =>
      (verb.groups.includes(definitionOf(key).group) && !verb.without?.includes(key)) ||
      verb.settings?.includes(key),
  );
}

/** yargs' options for a verb: its settings, its own flags and the common ones. Names out of registries are listed with them. */
export async function optionsFor(verb: Verb): Promise<Record<string, Options>> {
  const options: Record<string, Options> = {};
  for (const [name, option] of Object.entries(verb.flags)) options[name] = withValue(option);
  const standard = resolveSettings({ flags: new Map() });
  for (const key of settingsOf(verb)) {
    const { kind, describe, group, alias, registry } = definitionOf(key);
    const names = registry === undefined ? [] : await namesIn(registry);
    options[kebab(key)] = withValue({
      describe: `${describe}${readBy(key)}${names.length === 0 ? "" : `: ${names.join(", ")}`}`,
      group: `${group}:`,
      defaultDescription: withoutFlags(key, standard),
      ...(alias === undefined ? {} : { alias }),
      ...(kind.isSwitch ? { type: "boolean" } : {}),
    } as Options);
  }
  return { ...options, ...commonOptions(verb) };
}

/** Which methods, optimisers or architectures read it, where not all do. */
function readBy(key: SettingKey): string {
  const names = readersOf(key)?.names;
  return names === undefined ? "" : ` (${readersInWords(names)})`;
}

/** What a setting is when nobody says anything: the default preset's value, else the method's, else its own default. */
function withoutFlags(key: SettingKey, { settings, from }: Resolved): string | undefined {
  const [kind, name] = from[key].split(":");
  if (settings[key] === null) return undefined;
  return name === undefined ? String(settings[key]) : `${settings[key]} (${kind} ${name})`;
}

/** Flags that take a value refuse to go without; text stays text, so that errors can show what was typed. */
function withValue(option: Options): Options {
  return option.type === "boolean" ? option : { ...option, requiresArg: true };
}

function commonOptions(verb: Verb): Record<string, Options> {
  const run: Record<string, Options> = verb.usesRun
    ? {
        run: {
          describe: "Run directory",
          group: "Run:",
          requiresArg: true,
          defaultDescription: "runs/<data>-<preset>",
        },
        force: {
          describe:
            "Start over; what is there moves to replaced-N/ in the run. Not with a shard: others are at work",
          group: "Run:",
          type: "boolean",
        },
        "dry-run": { describe: "Only say what would be done", group: "Run:", type: "boolean" },
      }
    : {};
  const settings: Record<string, Options> =
    verb.groups.length > 0
      ? {
          preset: {
            describe: "Named settings: see sslmem list presets",
            group: "Run:",
            requiresArg: true,
            defaultDescription: DEFAULT_PRESET,
          },
          config: {
            describe: "YAML or JSON file of settings; flags are stronger",
            group: "Run:",
            requiresArg: true,
          },
        }
      : {};
  return {
    ...run,
    ...settings,
    format: {
      describe: `Shape of the result on stdout: ${FORMATS.join(", ")}`,
      group: "Output:",
      requiresArg: true,
      defaultDescription: "human",
      ...(verb.flags.format ?? {}),
    },
    progress: {
      describe: "Show progress on stderr; --no-progress for none",
      group: "Output:",
      type: "boolean",
      default: true,
    },
    verbose: { describe: "Show where an error happened", group: "Output:", type: "boolean" },
  };
}
