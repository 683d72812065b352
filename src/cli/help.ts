import yargs, { type Argv } from "yargs";
import { VERSION } from "../package.js";

const EPILOG =
  "sslmem <verb> --help tells more. Exit status: 0 done, 1 bug, 2 wrong usage, 3 data, 4 engine, 5 numbers, 6 threshold.";

/** A yargs that only parses and formats: it prints nothing, ends nothing and reads no environment. */
export function base(): Argv {
  const width = process.stdout.columns ?? 80;
  return yargs([])
    .scriptName("sslmem")
    .locale("en")
    .exitProcess(false)
    .version(false)
    .help(false)
    .parserConfiguration({
      "camel-case-expansion": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "dot-notation": false,
      "duplicate-arguments-array": false,
      "short-option-groups": false,
    })
    .wrap(Math.max(60, Math.min(width, 100)));
}

/** The help of `sslmem` itself. */
export async function topHelp(verbs: readonly { name: string; describe: string }[]): Promise<string> {
  const parser = base().usage(
    "sslmem <verb>\n\nWhich training images does a self-supervised encoder memorise, and how strongly?",
  );
  for (const verb of verbs) parser.command(verb.name, verb.describe);
  parser
    .example("sslmem audit --preset demo", "audit images that sslmem draws itself, 4 minutes")
    .example("sslmem audit ./my-images", "audit your own images")
    .option("help", { describe: "Show help", type: "boolean" })
    .option("version", { describe: `Show the version (${VERSION})`, type: "boolean" })
    .epilog(EPILOG);
  return parser.getHelp();
}
