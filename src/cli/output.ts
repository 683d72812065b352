/** The three shapes of what goes to stdout. */
export const FORMATS = ["human", "json", "quiet"] as const;
export type Format = (typeof FORMATS)[number];

/** Where a verb's words go: results to stdout in the format asked for, narration to stderr. */
export interface Output {
  readonly format: Format;
  /** A result in three shapes; only the one asked for is printed. `quiet` is the one thing a script wants. */
  result(shapes: { human: () => string; json: () => Record<string, unknown>; quiet: () => string }): void;
  /** Narration: one line on stderr; silent with --format quiet. */
  note(line: string): void;
  /** Something went not as planned, but the work goes on; shown in every format. */
  warn(line: string): void;
}

interface Stream {
  write(text: string): unknown;
}

/** Output to the given streams. JSON objects must carry their schema's name; numbers that are not finite become null. */
export function createOutput(format: Format, stdout: Stream, stderr: Stream): Output {
  return {
    format,
    result: (shapes) => {
      if (format === "human") stdout.write(withNewline(shapes.human()));
      else if (format === "quiet") stdout.write(withNewline(shapes.quiet()));
      else stdout.write(`${JSON.stringify(shapes.json(), null, 2)}\n`);
    },
    note: (line) => {
      if (format !== "quiet") stderr.write(`${line}\n`);
    },
    warn: (line) => {
      stderr.write(`sslmem: ${line}\n`);
    },
  };
}

const withNewline = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
