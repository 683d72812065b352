import { endingOf, recordSession } from "./environment.js";
import { type OpenRunOptions, openRun, type Run } from "./open-run.js";

/**
 * Opens a run, does the work in it, writes down how that ended, for those who watch, and closes it whatever happens.
 *
 * @param signal that which may interrupt the work
 * @throws SslMemError as openRun; what the work throws
 */
export async function inRun<T>(
  options: OpenRunOptions,
  signal: AbortSignal | undefined,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const run = await openRun(options);
  let error: unknown;
  try {
    return await work(run);
  } catch (thrown) {
    error = thrown;
    throw thrown;
  } finally {
    run.session.ended = endingOf(error, signal);
    // On a disk that is full, say: what went wrong before is what counts.
    await recordSession(run.paths.environment, run.session).catch(() => {});
    await run.release();
  }
}
