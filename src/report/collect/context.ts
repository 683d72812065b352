import { basename } from "node:path";
import { kebab } from "../../config/setting.js";
import { ENVIRONMENT_SCHEMA } from "../../run/environment.js";
import { readJson } from "../../run/json.js";
import type { RunPaths } from "../../run/paths.js";
import { readRecord } from "../../run/record.js";
import type { Report } from "../schema.js";

type Context = Pick<Report, "data" | "preset" | "settings" | "sessions">;

/** Settings and environment of a run, without the folders that its files lie in: a report leaves the house. */
export async function contextOf(paths: RunPaths): Promise<Context> {
  const record = await readRecord(paths.config);
  const environment = await readJson(paths.environment, ENVIRONMENT_SCHEMA);
  const settings = Object.fromEntries(
    [...(record?.settings ?? [])].map(([key, { value, from }]) => [
      kebab(key),
      { value: typeof value === "string" ? withoutFolders(value) : value, from: withoutFolders(from) },
    ]),
  );
  const known = [...(record?.settings.values() ?? [])]
    .map(({ value }) => value)
    .filter((value): value is string => typeof value === "string" && value.startsWith("/"));
  const sessions = ((environment?.sessions as Report["sessions"] | undefined) ?? []).map((session) => ({
    ...session,
    // The paths that are known go first: blanks in them cannot be told from those between arguments.
    command: withoutFolders(
      known.reduce((text, path) => text.replaceAll(path, `…/${basename(path)}`), session.command),
    ),
  }));
  const data = settings.data?.value;
  return {
    data: typeof data === "string" ? data : "unknown",
    preset: record?.preset ?? "none",
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
