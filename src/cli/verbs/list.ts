import { longest } from "../../arrays.js";
import { nearest } from "../../config/nearest-name.js";
import { SslMemError } from "../../errors.js";
import { namesIn, registryNames, summaryOf } from "../../registries.js";
import type { RegistryName } from "../../settings/setting.js";
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
    const texts = await Promise.all(wanted.map((what) => withSummaries(what, names[what] ?? [])));
    output.result({
      human: () => texts.join("\n"),
      quiet: () => wanted.flatMap((what) => names[what] ?? []).join("\n"),
      json: () => ({ schema: "sslmem/list@1", ...names }),
    });
  },
};

/** The names of a registry with what is said of them, one a line. */
async function withSummaries(what: RegistryName, names: readonly string[]): Promise<string> {
  const width = longest(names) + 2;
  const lines = names.map(async (name) => `  ${name.padEnd(width)}${await summaryOf(what, name)}`.trimEnd());
  return `${what}:\n${(await Promise.all(lines)).join("\n")}`;
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
