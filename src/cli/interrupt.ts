import { SslMemError } from "../errors.js";

/**
 * The first SIGINT or SIGTERM aborts the signal, so that the step under way is finished and the state written; the second
 * ends the process at once. @param isForced whether the command starts over: again, it would do so again. The reason of the abort is the error to report (exit 130 or 143).
 */
export function listenForSignals(
  onFirst: (name: "SIGINT" | "SIGTERM") => void,
  isForced: boolean,
): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(name === "SIGINT" ? 130 : 143);
      onFirst(name);
      controller.abort(
        new SslMemError(
          "INTERRUPTED",
          `Stopped by ${name}; what was done is saved.`,
          `the same command ${isForced ? "without --force" : "again"} goes on from there`,
          {
            signal: name,
          },
        ),
      );
    });
  }
  return controller.signal;
}

/**
 * The error to report: the interruption itself if the work ended because of it, whatever shape the abort came back in. An
 * interruption that knows its signal says what it means by itself.
 */
export function reasonOf(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return error;
  if (error instanceof SslMemError && error.signal !== undefined) return error;
  const name = (error as Error | null)?.name;
  const interrupted =
    error === signal.reason ||
    name === "AbortError" ||
    (error instanceof SslMemError && error.code === "INTERRUPTED");
  return interrupted ? signal.reason : error;
}
