import type { Options } from "yargs";
import type { SettingKey } from "../config/all-settings.js";
import type { Group } from "../settings/setting.js";
import type { Output } from "./output.js";
import type { Progress } from "./progress-bar.js";

/** What a verb gets to work with. */
export interface Call {
  /** The command line after `sslmem`, for environment.json. */
  readonly command: string;
  /** Positional arguments after the verb. */
  readonly positional: readonly string[];
  /** Settings given as flags, as text (true or false for switches). */
  readonly flags: ReadonlyMap<SettingKey, string | boolean>;
  /** The verb's own flags and the common ones (run, config, preset, force, dry-run …). */
  readonly own: Readonly<Record<string, unknown>>;
  readonly output: Output;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Every verb that there is. */
  readonly verbs: readonly Entry[];
}

/** One verb of the command line; its module is loaded only when it is called. */
export interface Verb {
  /** yargs' words for the positional arguments, for example `[data]`. */
  readonly positionals: string;
  /** What the positional argument is, for help. */
  readonly positionalHelp: string | null;
  /** Which settings it takes. */
  readonly groups: readonly Group[];
  /** Single settings from other groups. */
  readonly settings?: readonly SettingKey[];
  /** Settings of those groups that it does not take. */
  readonly without?: readonly SettingKey[];
  /** Whether it works on a run directory (--run, --force, --dry-run). */
  readonly usesRun: boolean;
  /** Flags of its own. */
  readonly flags: Readonly<Record<string, Options>>;
  readonly examples: readonly (readonly [string, string])[];
  run(call: Call): Promise<void>;
}

/** A flag that was given as text, or undefined. */
export function textFlag(call: Call, name: string): string | undefined {
  const value = call.own[name];
  return typeof value === "string" ? value : undefined;
}

/** Whether a switch was given. */
export function switchFlag(call: Call, name: string): boolean {
  return call.own[name] === true;
}

/** A verb before it is loaded. */
export interface Entry {
  readonly name: string;
  readonly describe: string;
  readonly load: () => Promise<Verb>;
}
