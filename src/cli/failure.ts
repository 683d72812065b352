import { exitCodeOf, SslMemError } from "../errors.js";

/** What an error looks like to the person at the terminal: one sentence, then what to try; the stack only with --verbose. */
export function formatFailure(error: unknown, verbose: boolean): string {
  const lines: string[] = [];
  if (error instanceof SslMemError) {
    lines.push(`sslmem: ${error.message}`);
    if (error.hint !== undefined) lines.push(`Try: ${error.hint}`);
  } else {
    lines.push(`sslmem: this is a bug: ${error instanceof Error ? error.message : String(error)}`);
    if (!verbose) lines.push("Try: --verbose shows where it happened; please report that");
  }
  if (verbose && error instanceof Error) {
    lines.push(error.stack ?? "");
    for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
      lines.push(`caused by ${cause.stack}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Errors of the file system that are the user's to mend, as the sentence and the exit status they deserve. */
export function asUserError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const path = (error as NodeJS.ErrnoException | null)?.path;
  if (code === "ENOSPC") {
    return new SslMemError(
      "USAGE",
      "The disk is full; what was done before is saved.",
      "make room, then the same command again",
      {
        cause: error,
      },
    );
  }
  const makesNoFolder = code === "ENOENT" && (error as NodeJS.ErrnoException).syscall === "mkdir";
  if ((code === "EACCES" || code === "EPERM" || code === "EROFS" || makesNoFolder) && path !== undefined) {
    return new SslMemError(
      "USAGE",
      `Expected to be allowed to write ${path} but the system says ${code}.`,
      "another folder, that can be written",
      {
        cause: error,
      },
    );
  }
  return error;
}

export { exitCodeOf };
