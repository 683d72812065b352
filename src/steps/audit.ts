import type { Analysis } from "../analyze/index.js";
import type { Resolved } from "../config/resolve.js";
import { openRun } from "../run/open-run.js";
import type { RunPaths } from "../run/paths.js";
import { type Reporter, silent } from "../run/reporter.js";
import { STEPS } from "../settings/setting.js";
import { analyzeScores } from "./analyze.js";
import { checkAhead } from "./check-ahead.js";
import { dividedImages } from "./divided-images.js";
import { reportRun } from "./report.js";
import { scorePairs } from "./score.js";
import { stepContext } from "./step-context.js";
import { isTrained, type TrainedPair, trainPairs } from "./train.js";
import { checkTrainable } from "./trainable.js";

/** What to audit, where its files go, and who is told. */
export interface AuditOptions {
  /** The run directory. */
  readonly root: string;
  /** Settings as resolveSettings gives them; `data` must be set. */
  readonly resolved: Resolved;
  /** Start over; what is there moves aside. Default false. */
  readonly force?: boolean;
  /** For environment.json. Default "audit". */
  readonly command?: string;
  /** Pictures in the report. Default true. */
  readonly images?: boolean;
  readonly reporter?: Reporter;
  readonly signal?: AbortSignal;
}

/**
 * The whole audit (Wang et al., ICLR 2024): list the images, divide them, train f and g, score every image, analyse, report.
 * Goes on at the first unfinished step. Where `stopAfter` stops the training short, it ends there and `analysis` is null. Throws SslMemError with the code of what went wrong (exit codes: src/errors.ts).
 */
export async function audit(
  options: AuditOptions,
): Promise<{ analysis: Analysis | null; paths: RunPaths; pairs: readonly TrainedPair[] }> {
  const { root, resolved, force = false, command = "audit", reporter = silent, signal } = options;
  await checkTrainable({ root, resolved, steps: STEPS, force });
  const onNote = (line: string) => reporter.note(line);
  const run = await openRun({
    root,
    resolved,
    steps: STEPS,
    force,
    shard: null,
    command,
    onNote,
    beforeMoving: (over) => checkAhead(over, reporter, signal),
  });
  try {
    if (run.movedTo !== null) reporter.note(`What was there is now in ${run.movedTo}.`);
    const context = stepContext(run, reporter, signal);
    const images = await dividedImages(context);
    const pairs = await trainPairs(context, images);
    if (!(await isTrained(context, images.split))) return { analysis: null, paths: run.paths, pairs };
    await scorePairs(context, images, pairs);
    const analysis = await analyzeScores(context, images, pairs);
    await reportRun(context, options.images);
    return { analysis, paths: run.paths, pairs };
  } finally {
    await run.release();
  }
}
