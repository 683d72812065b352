import { REPORT_SCHEMA, writeReport } from "../report/index.js";
import { readJson } from "../run/json.js";
import type { StepContext } from "./step-context.js";

/** Writes report.html and report.json of an analysed run. Throws SslMemError DATA as writeReport does. */
export async function reportRun({ run, reporter }: StepContext, images = true): Promise<void> {
  reporter.start("report");
  try {
    const { report } = await writeReport(run.paths.root, { images });
    reporter.finish();
    if (images && !report.images.pictures)
      reporter.note(`The report has no pictures: ${report.images.reason ?? "none are listed"}.`);
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  }
}

/**
 * Writes the report again after something was added to the run, if there is one: with pictures only if it had them, since
 * a report without them was asked for. Throws SslMemError DATA as writeReport does.
 */
export async function refreshReport(context: StepContext): Promise<boolean> {
  const before = await readJson(context.run.paths.reportJson, REPORT_SCHEMA);
  if (before === null) return false;
  await reportRun(context, (before.images as { pictures?: boolean } | undefined)?.pictures === true);
  return true;
}
