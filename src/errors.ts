/** What went wrong, by who can mend it; each code has one exit status of the command line (design, section 7). */
export type ErrorCode = "INTERNAL" | "USAGE" | "DATA" | "ENGINE" | "NUMERIC" | "THRESHOLD" | "INTERRUPTED";

const EXIT_CODES: Record<Exclude<ErrorCode, "INTERRUPTED">, number> = {
  INTERNAL: 1,
  USAGE: 2,
  DATA: 3,
  ENGINE: 4,
  NUMERIC: 5,
  THRESHOLD: 6,
};

/** An error made for the person who reads it: one sentence (expected and received), then what to do. */
export class SslMemError extends Error {
  override readonly name = "SslMemError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** The signal that ended the work; set only when code is INTERRUPTED. */
  readonly signal: "SIGINT" | "SIGTERM" | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    hint?: string,
    options?: { cause?: unknown; signal?: "SIGINT" | "SIGTERM" },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = hint;
    this.signal = options?.signal;
  }
}

/** The code of an exit status; "INTERNAL" for one that no error has. */
export function codeOfExit(exit: number): ErrorCode {
  if (exit === 130 || exit === 143) return "INTERRUPTED";
  const found = Object.entries(EXIT_CODES).find(([, status]) => status === exit);
  return (found?.[0] as ErrorCode | undefined) ?? "INTERNAL";
}

/** Exit status for an error: 2..6 by code, 130/143 for an interruption, 1 for anything unexpected. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof SslMemError)) return 1;
  if (error.code === "INTERRUPTED") return error.signal === "SIGTERM" ? 143 : 130;
  return EXIT_CODES[error.code];
}
