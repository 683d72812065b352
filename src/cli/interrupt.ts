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
