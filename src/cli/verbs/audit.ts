import { STEPS } from "../../config/setting.js";
import { describePlan } from "../plan.js";
import { IMAGES_FLAG, reporterOf, shown } from "../report.js";
import { settleRun } from "../settle.js";
import { switchFlag, type Verb } from "../verb.js";

/** `sslmem audit DATA`: everything from the images to the finding. */
export const audit: Verb = {
  positionals: "[data]",
  positionalHelp: "Data is a folder, tar file(s), a data-set folder, or synthetic:count=2000,size=32.",
  groups: ["Data", "Split", "Model", "Training", "Scoring", "Machine"],
  without: ["f", "g"],
  usesRun: true,
  flags: { images: IMAGES_FLAG },
  examples: [
    ["sslmem audit ./my-images", "600 of your images, about 12 minutes on two cores"],
    ["sslmem audit --preset demo", "images that sslmem draws itself"],
    ["sslmem audit ./my-images --pairs 3", "three pairs: scores with their spread"],
    ["sslmem audit ./my-images --dry-run", "what would be done"],
  ],
  async run(call) {
    const { resolved, root } = await settleRun(call);
    if (switchFlag(call, "dry-run")) {
      await describePlan(call, { resolved, root, steps: STEPS, force: switchFlag(call, "force") });
      return;
    }
    call.output.note(`Run: ${shown(root)} (preset ${resolved.preset}).`);
    const { audit: runAudit } = await import("../../run/audit.js");
    const { analysis, paths } = await runAudit({
      root,
      resolved,
      force: switchFlag(call, "force"),
      command: call.command,
      images: call.own.images !== false,
      reporter: reporterOf(call),
      signal: call.signal,
    });
    const { formatAnalysis } = await import("../../analyze/index.js");
    const files = {
      run: paths.root,
      report: paths.report,
      reportJson: paths.reportJson,
      analysis: paths.analysis,
      scores: paths.scores,
    };
    call.output.result({
      human: () => `${formatAnalysis(analysis)}\n\n${describeFiles(paths.root)}`,
      json: () => ({ ...analysis, schema: "sslmem/audit@1", files }),
      quiet: () => paths.root,
    });
  },
};

function describeFiles(root: string): string {
  const at = (name: string): string => shown(`${root}/${name}`);
  return [
    "Files:",
    `  ${at("report.html")}  all of this with pictures and plots; opens in any browser`,
    `  ${at("report.json")}  the same for programs`,
    `  ${at("analysis.json")}  every figure above`,
    `  ${at("scores/")}  one row per image (Parquet)`,
    `  ${at("config.json")}  settings and where each came from`,
  ].join("\n");
}
