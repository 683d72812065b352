import { writeReport } from "../../report/index.js";
import type { StepContext } from "../context.js";

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
