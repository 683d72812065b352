import { SslMemError } from "../errors.js";

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
