#!/usr/bin/env node
import { nearest } from "../config/nearest-name.js";
import { exitCodeOf, SslMemError } from "../errors.js";
import { asUserError, reasonOf } from "../faults/index.js";
import { VERSION } from "../package.js";
import { shellQuoted } from "../text/shell-quoted.js";
import { formatFailure } from "./failure.js";
import { listenForSignals } from "./interrupt.js";
import { createOutput, FORMATS, type Format } from "./output.js";
import { printable } from "./printable.js";
import { createProgress } from "./progress-bar.js";
import { VERBS } from "./verbs.js";

/** Runs one command line; everything that it throws ends up in the one catch below. */
async function main(args: readonly string[], signal: AbortSignal): Promise<void> {
  const [first, ...rest] = args;
  if (
    first === undefined ||
    first === "--help" ||
    first === "-h" ||
    (first === "help" && rest.length === 0)
  ) {
    const { topHelp } = await import("./help.js");
    process.stdout.write(`${await topHelp(VERBS)}\n`);
    return;
  }
  if (first === "--version") {
    process.stdout.write(`${VERSION}\n`);
    return;
  }
  const name = first === "help" ? (rest[0] as string) : first;
  const entry = VERBS.find((verb) => verb.name === name);
  if (entry === undefined) throw unknownVerb(name, args);
  const verb = await entry.load();
  const { parseVerb, verbHelp } = await import("./parse.js");
  if (first === "help" || rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${await verbHelp(entry.name, entry.describe, verb)}\n`);
    return;
  }
  const parsed = await parseVerb(entry.name, entry.describe, verb, rest);
  const format = (parsed.own.format ?? "human") as Format;
  if (!FORMATS.includes(format) && verb.flags.format === undefined) {
    throw new SslMemError(
      "USAGE",
      `Expected one of ${FORMATS.join(", ")} for --format but received "${format}".`,
    );
  }
  const output = createOutput(FORMATS.includes(format) ? format : "human", process.stdout, process.stderr);
  const enabled = parsed.own.progress !== false && output.format !== "quiet";
  const progress = await createProgress({ enabled, stream: process.stderr, env: process.env });
  await verb.run({
    ...parsed,
    command: ["sslmem", ...args].join(" "),
    output,
    progress,
    signal,
    env: process.env,
    verbs: VERBS,
  });
}

/** The hint repeats the other arguments, so that it can be typed as it stands. */
function unknownVerb(name: string, args: readonly string[]): SslMemError {
  const names = VERBS.map((verb) => verb.name);
  if (name.startsWith("-")) {
    return new SslMemError(
      "USAGE",
      `Expected a verb first but received ${name}.`,
      `sslmem ${names[0]} ${name}, or sslmem --help`,
    );
  }
  const guess = nearest(name, names);
  return new SslMemError(
    "USAGE",
    `Expected one of ${names.join(", ")} but received "${name}".`,
    guess === undefined
      ? "sslmem --help"
      : ["sslmem", ...args.with(args.indexOf(name), guess).map(shellQuoted)].join(" "),
  );
}

/** Waits until stdout and stderr have taken everything: a pipe may not have, and process.exit would cut it off. */
async function flush(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writable) await new Promise<void>((done) => stream.write("", () => done()));
  }
}

// The reader of a pipe may leave early (`sslmem list | head -1`); that is no error: exit 0. A disk that takes no more is one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(formatFailure(asUserError(Object.assign(error, { path: "standard output" })), false));
  process.exit(2);
});
// Nobody hears what is told on stderr any more: the work goes on, and what it writes is what it would have written.
process.stderr.on("error", () => {});

const args = process.argv.slice(2);
const signal = listenForSignals((name) => {
  if (args[0] === "watch") return; // it saves nothing and ends at once
  process.stderr.write(`\nsslmem: ${name}: finishing the step and saving; once more stops at once\n`);
}, args.includes("--force"));
let status = 0;
try {
  await main(args, signal);
} catch (error) {
  const reason = reasonOf(asUserError(error), signal);
  status = exitCodeOf(reason);
  process.stderr.write(printable(formatFailure(reason, args.includes("--verbose"))));
}
await flush();
process.exit(status);
