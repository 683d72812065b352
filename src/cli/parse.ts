import type { Argv } from "yargs";
import { type SettingKey, settingNamed } from "../config/all-settings.js";
import { nearest } from "../config/nearest-name.js";
import { SslMemError } from "../errors.js";
import { optionsFor, settingsOf } from "./flags.js";
import { base } from "./help.js";
import type { Verb } from "./verb.js";

export interface Parsed {
  readonly positional: string[];
  readonly flags: Map<SettingKey, string | boolean>;
  readonly own: Record<string, unknown>;
}

/** The help of one verb. */
export async function verbHelp(name: string, describe: string, verb: Verb): Promise<string> {
  const parser = await configure(name, describe, verb);
  return parser.getHelp();
}

async function configure(name: string, describe: string, verb: Verb): Promise<Argv> {
  const parser = base().usage(
    `sslmem ${name} ${verb.positionals}`.trim() +
      `\n\n${describe}.${verb.positionalHelp === null ? "" : `\n${verb.positionalHelp}`}`,
  );
  parser
    .options(await optionsFor(verb))
    .option("help", { describe: "Show this help", type: "boolean", group: "Output:" });
  for (const [command, what] of verb.examples) parser.example(command, what);
  return parser;
}

/** Reads a verb's arguments. Throws SslMemError USAGE, with the flag that was probably meant. */
export async function parseVerb(
  name: string,
  describe: string,
  verb: Verb,
  args: readonly string[],
): Promise<Parsed> {
  const parser = await configure(name, describe, verb);
  const known = await optionsFor(verb);
  const names = [
    ...Object.keys(known),
    ...Object.values(known).flatMap((o) => (typeof o.alias === "string" ? [o.alias] : [])),
    "help",
  ];
  let argv: Record<string, unknown>;
  try {
    argv = (await parser
      .fail((message, error) => {
        throw error ?? new SslMemError("USAGE", message);
      })
      .parseAsync([...args])) as Record<string, unknown>;
  } catch (error) {
    throw asUsage(error, name);
  }
  const { _: rest, $0: _program, ...values } = argv;
  const allowed = new Set(settingsOf(verb));
  const flags = new Map<SettingKey, string | boolean>();
  const own: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (!names.includes(flag)) throw unknownFlag(name, flag, names);
    const key = settingNamed(flag);
    if (key !== undefined && allowed.has(key) && verb.flags[flag] === undefined) {
      flags.set(key, value as string | boolean);
    } else {
      own[flag] = value;
    }
  }
  return { positional: (rest as unknown[]).map(String), flags, own };
}

function unknownFlag(verb: string, flag: string, names: readonly string[]): SslMemError {
  const guess = nearest(flag, names);
  const dashes = flag.length === 1 ? "-" : "--";
  return new SslMemError(
    "USAGE",
    `Expected a flag of sslmem ${verb} but received ${dashes}${flag}.`,
    guess === undefined ? `sslmem ${verb} --help lists them` : `--${guess}`,
  );
}

function asUsage(error: unknown, verb: string): unknown {
  if (error instanceof SslMemError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const missing = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (missing !== undefined)
    return new SslMemError("USAGE", `Expected a value after --${missing} but received none.`);
  return new SslMemError("USAGE", message, `sslmem ${verb} --help`, { cause: error });
}
