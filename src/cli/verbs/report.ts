import { resolve } from "node:path";
import { SslMemError } from "../../errors.js";
import { IMAGES_FLAG, shown } from "../reporting.js";
import { textFlag, type Verb } from "../verb.js";
import { checkWritableFile } from "../writable.js";

/** `sslmem report RUN [OTHER]`: the report of a run again, or two runs in one page. */
export const report: Verb = {
  positionals: "<run> [other]",
  positionalHelp:
    "Run directories. One: its report.html and report.json again. Two: one page that compares them.",
  groups: [],
  usesRun: false,
  flags: {
    images: IMAGES_FLAG,
    out: {
      describe: "Page of the comparison; the JSON lies beside it",
      group: "Output:",
      defaultDescription: "<run>/report-with-<other>.html",
    },
  },
  examples: [
    ["sslmem report runs/mine", "report.html again, say with --no-images"],
    ["sslmem report runs/mine runs/other", "two runs side by side"],
  ],
  async run(call) {
    const [run, other, ...rest] = call.positional;
    if (run === undefined || rest.length > 0)
      throw new SslMemError(
        "USAGE",
        `Expected one or two run directories but received ${call.positional.length}.`,
        "sslmem report runs/mine",
      );
    const out = textFlag(call, "out");
    if (out !== undefined && other === undefined)
      throw new SslMemError(
        "USAGE",
        "Expected two runs with --out but received one.",
        "its report lies in the run",
      );
    if (out !== undefined) await checkWritableFile(out);
    const { writeComparison, writeReport } = await import("../../report/index.js");
    call.progress.start("report");
    const images = call.own.images !== false;
    const written =
      other === undefined
        ? await writeReport(resolve(run), { images })
        : await writeComparison(resolve(run), resolve(other), out === undefined ? undefined : resolve(out));
    call.progress.finish();
    if (other === undefined && "images" in written.report && images && !written.report.images.pictures)
      call.output.note(`The report has no pictures: ${written.report.images.reason ?? "none are listed"}.`);
    if ("scatter" in written.report && written.report.scatter.of === 0)
      call.output.note(
        "No image is a candidate in both: the page has their figures side by side, no ranking.",
      );
    call.output.result({
      human: () => `${shown(written.html)}\n${shown(written.json)}`,
      json: () => ({
        schema: "sslmem/report-result@1",
        html: written.html,
        json: written.json,
        bytes: written.bytes,
      }),
      quiet: () => written.html,
    });
  },
};
