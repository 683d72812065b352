import { SslMemError } from "../../errors.js";
import { nearest } from "../nearest-name.js";
import { cifar } from "./cifar.js";
import { demo } from "./demo.js";
import { imagenet } from "./imagenet.js";
import type { Preset } from "./preset.js";
import { small } from "./small.js";

export type { Preset } from "./preset.js";

const PRESETS: readonly Preset[] = [small, demo, cifar, imagenet];

/** The preset that is used where none is named. */
export const DEFAULT_PRESET = "small";

/** Names of the presets, in the order of help. */
export function presetNames(): string[] {
  return PRESETS.map((preset) => preset.name);
}

/** The preset of this name, null if there is none (any longer). */
export function getPresetOrNull(name: string): Preset | null {
  return PRESETS.find((preset) => preset.name === name) ?? null;
}

/** The preset of this name; throws SslMemError USAGE, with the name that was probably meant. */
export function getPreset(name: string): Preset {
  const found = PRESETS.find((preset) => preset.name === name);
  if (found !== undefined) return found;
  const guess = nearest(name, presetNames());
  throw new SslMemError(
    "USAGE",
    `Expected one of ${presetNames().join(", ")} for --preset but received "${name}".`,
    guess === undefined ? "sslmem list presets" : `--preset ${guess}`,
  );
}
