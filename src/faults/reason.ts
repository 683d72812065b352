import { SslMemError } from "../errors.js";

/**
 * The error to report: the interruption itself if the work ended because of it, whatever shape the abort came back in. An
 * interruption that knows its signal says what it means by itself.
 */
export function reasonOf(error: unknown, signal: AbortSignal | undefined): unknown {
  if (!signal?.aborted) return error;
  if (error instanceof SslMemError && error.signal !== undefined) return error;
  const name = (error as Error | null)?.name;
  const interrupted =
    error === signal.reason ||
    name === "AbortError" ||
    (error instanceof SslMemError && error.code === "INTERRUPTED");
  return interrupted ? signal.reason : error;
}
