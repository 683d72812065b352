import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { definitionOf, SETTING_KEYS, type SettingKey, settingNamed } from "../config/all-settings.js";
import { CONFIG_SCHEMA, runSettings } from "../config/file.js";
import { isRead } from "../config/readers.js";
import type { RecordedSettings, Resolved } from "../config/resolve.js";
import { writeJson } from "../files/index.js";
import { VERSION } from "../package.js";
import { kebab, STEPS, type Step } from "../settings/setting.js";
import { readJson } from "./json.js";

export interface RunRecord {
  readonly preset: string;
  readonly settings: RecordedSettings;
}

/** Reads config.json; null if the run is new. Settings that this version does not know any longer are passed over. */
export async function readRecord(path: string): Promise<RunRecord | null> {
  const content = await readJson(path, CONFIG_SCHEMA);
  if (content === null) return null;
  const settings = new Map<SettingKey, { value: unknown; from: string }>();
  for (const [name, entry] of runSettings(path, content)) {
    const key = settingNamed(name);
    if (key !== undefined) settings.set(key, entry);
  }
  return { preset: String(content.preset), settings };
}

/** Writes config.json: every setting that the run reads, its value and where it came from. */
export async function writeRecord(path: string, resolved: Resolved): Promise<void> {
  const settings = Object.fromEntries(
    SETTING_KEYS.filter((key) => isRead(key, resolved.settings)).map((key) => [
      kebab(key),
      { value: resolved.settings[key], from: resolved.from[key] },
    ]),
  );
  await writeJson(path, { schema: CONFIG_SCHEMA, version: VERSION, preset: resolved.preset, settings });
}

export interface Difference {
  readonly key: SettingKey;
  readonly before: unknown;
  readonly now: unknown;
  /** The first step that would have to be done again. */
  readonly step: Step;
}

/** The settings that differ between a run's record and what is asked for now, earliest step first; machine facts do not count. */
export function differences(record: RunRecord, resolved: Resolved): Difference[] {
  const found: Difference[] = [];
  for (const key of SETTING_KEYS) {
    const { step } = definitionOf(key);
    const before = record.settings.get(key);
    if (step === null || before === undefined) continue;
    const now = resolved.settings[key];
    if (!same(key, before.value, now)) found.push({ key, before: before.value, now, step });
  }
  return found.sort((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step));
}

/** Whether the data were at a path at which nothing is now, and are asked for by the same last name at another. */
function hasMoved(before: unknown, now: unknown): boolean {
  return (
    typeof before === "string" &&
    typeof now === "string" &&
    basename(resolve(before)) === basename(resolve(now)) &&
    !existsSync(before) &&
    existsSync(now)
  );
}

function same(key: SettingKey, before: unknown, now: unknown): boolean {
  if (before === now) return true;
  // Data that have moved: their images are compared with the run's by digest when they are used.
  if (key === "data" && hasMoved(before, now)) return true;
  const isPath = key === "data" || key === "f" || key === "g" || key === "exclude";
  if (!isPath || typeof before !== "string" || typeof now !== "string") return false;
  return resolve(before) === resolve(now);
}
