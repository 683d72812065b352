import { nearest } from "../../config/nearest.js";
import { getPreset } from "../../config/presets/index.js";
import type { RegistryName } from "../../settings/setting.js";
import { SslMemError } from "../../errors.js";
import { namesIn, registryNames } from "../../registries.js";
import type { Verb } from "../verb.js";

/** `sslmem list [what]`: the names that the flags take, out of the registries. */
export const list: Verb = {
  positionals: "[what]",
  positionalHelp: `What is one of ${registryNames.join(", ")}; without it, all.`,
  groups: [],
  usesRun: false,
  flags: {},
  examples: [["sslmem list presets", "the presets and what they are for"]],
  async run({ positional, output }) {
    const wanted = positional.length === 0 ? registryNames : positional.map(checkWhat);
    const names = Object.fromEntries(
      await Promise.all(wanted.map(async (what) => [what, await namesIn(what)] as const)),
    );
    const describe = wanted.includes("sources") ? await withSources() : describeName;
    output.result({
      human: () =>
        wanted
          .map((what) => `${what}:\n${(names[what] ?? []).map((n) => `  ${describe(what, n)}`).join("\n")}`)
          .join("\n"),
      quiet: () => wanted.flatMap((what) => names[what] ?? []).join("\n"),
      json: () => ({ schema: "sslmem/list@1", ...names }),
    });
  },
};

function describeName(what: RegistryName, name: string): string {
  return what === "presets" ? `${name.padEnd(10)}${getPreset(name).describe}` : name;
}

async function withSources(): Promise<typeof describeName> {
  const { sourceSummary } = await import("../../data/sources/index.js");
  return (what, name) =>
    what === "sources" ? `${name.padEnd(10)}${sourceSummary(name)}` : describeName(what, name);
}

function checkWhat(word: string): RegistryName {
  const found = registryNames.find((what) => what === word);
  if (found !== undefined) return found;
  const guess = nearest(word, registryNames);
  throw new SslMemError(
    "USAGE",
    `Expected one of ${registryNames.join(", ")} but received "${word}".`,
    guess === undefined ? "sslmem list" : `sslmem list ${guess}`,
  );
}
