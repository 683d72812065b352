import { SslMemError } from "../errors.js";

/** What a failure of the core means for whoever reads it. */
function translate(error: unknown, hint: string | undefined): unknown {
  if (!(error instanceof Error) || error instanceof SslMemError || error.name === "AbortError") return error;
  if ((error as { code?: unknown }).code === "NOT_FINITE") {
    const why = "The encoder's outputs are not finite: check that its training converged.";
    return new SslMemError("NUMERIC", error.message, why, { cause: error });
  }
  if (error instanceof TypeError || error instanceof RangeError) {
    return new SslMemError("USAGE", error.message, hint, { cause: error });
  }
  return new SslMemError("INTERNAL", error.message, hint, { cause: error });
}

/** Runs a synchronous call of the core; its errors become SslMemErrors. */
export function call<T>(body: () => T, hint?: string): T {
  try {
    return body();
  } catch (error) {
    throw translate(error, hint);
  }
}

/**
 * Runs an asynchronous call of the core. `body` gets the flag that the signal sets (null without a signal).
 * Rejects with the signal's reason when it was aborted (before or during the call), else with an SslMemError.
 */
export async function callAsync<T>(
  signal: AbortSignal | undefined,
  body: (abort: Int32Array | null) => Promise<T>,
  hint?: string,
): Promise<T> {
  signal?.throwIfAborted();
  const flag = signal === undefined ? null : new Int32Array(1);
  const onAbort = () => flag !== null && Atomics.store(flag, 0, 1);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await body(flag);
  } catch (error) {
    if (signal?.aborted && error instanceof Error && error.name === "AbortError") throw signal.reason;
    throw translate(error, hint);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
