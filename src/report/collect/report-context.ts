import { existsSync } from "node:fs";
import { basename } from "node:path";
import { definitionOf, type SettingKey } from "../../config/all-settings.js";
import { ENVIRONMENT_SCHEMA } from "../../run/environment.js";
import { readJson } from "../../run/json.js";
import type { RunPaths } from "../../run/paths.js";
import { readRecord } from "../../run/record.js";
import { kebab } from "../../settings/setting.js";
import type { Report } from "../report-schema.js";

type Context = Pick<Report, "data" | "preset" | "foreign" | "settings" | "sessions">;

/**
 * Settings and environment of a run, without the folders that its files lie in: a report leaves the house. Under weights from
 * elsewhere config.json still has a preset's settings of a training and of a split that nobody made: they are left out.
 */
export async function contextOf(paths: RunPaths): Promise<Context> {
  const record = await readRecord(paths.config);
  const environment = await readJson(paths.environment, ENVIRONMENT_SCHEMA);
  const foreign = (record?.settings.get("f")?.value ?? null) !== null;
  const isUsed = (key: SettingKey) => {
    const { group } = definitionOf(key);
    return !(foreign && (group === "Training" || (group === "Split" && !existsSync(paths.split))));
  };
  const used = [...(record?.settings ?? [])].filter(([key]) => isUsed(key));
  const settings = Object.fromEntries(
    used.map(([key, { value, from }]) => [
      kebab(key),
      { value: typeof value === "string" ? withoutFolders(value) : value, from: withoutFolders(from) },
    ]),
  );
  const known = [...(record?.settings.values() ?? [])]
    .map(({ value }) => value)
    .filter((value): value is string => typeof value === "string" && value.startsWith("/"));
  const sessions = ((environment?.sessions as Report["sessions"] | undefined) ?? []).map(
    ({ ended: _, ...session }: Report["sessions"][number] & { ended?: unknown }) => ({
      // Not how it ended: what went wrong says where files lie.
      ...session,
      // The paths that are known go first: blanks in them cannot be told from those between arguments.
      command: withoutFolders(
        known.reduce((text, path) => text.replaceAll(path, `…/${basename(path)}`), session.command),
      ),
    }),
  );
  const data = settings.data?.value;
  return {
    data: typeof data === "string" ? data : "unknown",
    preset: record?.preset ?? "none",
    foreign,
    settings,
    sessions,
  };
}

/** `sslmem audit /home/me/photos --run r` -> `sslmem audit …/photos --run r`. Relative paths stay. */
export function withoutFolders(text: string): string {
  if (text.startsWith("/")) return basename(text);
  return text.replace(
    /(^|[\s=:"'(])(\/[^\s"']+)/g,
    (_, before: string, path: string) => `${before}…/${basename(path)}`,
  );
}
