import { printable } from "./printable.js";

/** The three shapes of what goes to stdout. */
export const FORMATS = ["human", "json", "quiet"] as const;
export type Format = (typeof FORMATS)[number];

/** Where a verb's words go: results to stdout in the format asked for, narration to stderr. */
export interface Output {
  readonly format: Format;
  /** A result in three shapes; only the one asked for is printed. `quiet` is the one thing a script wants. */
  result(shapes: {
    human: () => string;
    /** `human` is a list that is also redirected into a file: exact unless it goes to a terminal. */
    isList?: boolean;
    json: () => Record<string, unknown>;
    quiet: () => string;
  }): void;
  /** Narration: one line on stderr; silent with --format quiet. */
  note(line: string): void;
  /** Something went not as planned, but the work goes on; shown in every format. */
  warn(line: string): void;
}

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Output to the given streams. What people read has its control characters written out, so that a file's name cannot steer
 * the terminal; what programs read (json, quiet) is exact. JSON objects must carry their schema's name; numbers that are not finite become null.
 */
export function createOutput(format: Format, stdout: Stream, stderr: Stream): Output {
  return {
    format,
    result: (shapes) => {
      const exact = stdout.isTTY ? printable : (text: string) => text;
      if (format === "human") stdout.write((shapes.isList ? exact : printable)(withNewline(shapes.human())));
      else if (format === "quiet") stdout.write(exact(withNewline(shapes.quiet())));
      else stdout.write(`${JSON.stringify(shapes.json(), null, 2)}\n`);
    },
    note: (line) => {
      if (format !== "quiet") stderr.write(`${printable(line)}\n`);
    },
    warn: (line) => {
      stderr.write(`sslmem: ${printable(line)}\n`);
    },
  };
}

const withNewline = (text: string): string => (text === "" || text.endsWith("\n") ? text : `${text}\n`);
