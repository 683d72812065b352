import { SslMemError } from "../../errors.js";
import { exceeds, parseLimit } from "../../run/limit.js";
import { STEPS } from "../../settings/setting.js";
import { describePlan } from "../dry-run.js";
import { IMAGES_FLAG, reporterOf, shown } from "../reporting.js";
import { settleRun } from "../settle.js";
import { switchFlag, textFlag, type Verb } from "../verb.js";

/** `sslmem audit DATA`: everything from the images to the finding. */
export const audit: Verb = {
  positionals: "[data]",
  positionalHelp: "Data is a folder, tar file(s), a data-set folder, or synthetic:count=2000,size=32.",
  groups: ["Data", "Split", "Model", "Training", "Scoring", "Machine"],
  without: ["f", "g"],
  usesRun: true,
  flags: {
    images: IMAGES_FLAG,
    "fail-over": {
      describe:
        "SHARE:THRESHOLD: exit 6 if more than this share of the candidates scores above the threshold",
      group: "Output:",
    },
  },
  examples: [
    ["sslmem audit ./my-images", "650 of your images; 3 to 15 minutes on two cores"],
    ["sslmem audit --preset demo", "images that sslmem draws itself"],
    ["sslmem audit ./my-images --pairs 3", "three pairs: scores with their spread"],
    ["sslmem audit ./my-images --fail-over 0.05:0.5", "for pipelines: exit 6 if over 5 % score above 0.5"],
    ["sslmem audit ./my-images --dry-run", "what would be done"],
  ],
  async run(call) {
    const text = textFlag(call, "fail-over");
    const limit = text === undefined ? null : parseLimit(text);
    const { resolved, root } = await settleRun(call);
    if (switchFlag(call, "dry-run")) {
      await describePlan(call, { resolved, root, steps: STEPS, force: switchFlag(call, "force") });
      return;
    }
    call.output.note(`Run: ${shown(root)} (preset ${resolved.preset}).`);
    const { audit: runAudit } = await import("../../steps/audit.js");
    const { analysis, paths, pairs } = await runAudit({
      root,
      resolved,
      force: switchFlag(call, "force"),
      command: call.command,
      images: call.own.images !== false,
      reporter: reporterOf(call),
      signal: call.signal,
    });
    const { aboutEncoders } = await import("../about-encoders.js");
    const about = await aboutEncoders(paths, resolved.settings);
    if (analysis === null) {
      const steps = resolved.settings.stopAfter;
      call.output.result({
        human: () =>
          [
            `Stopped after ${steps} steps (--stop-after): f and g are not trained to the end, and nothing is scored. The same command without it goes on.`,
            ...about.lines,
            ...pairs.flatMap(({ f, g }) => [shown(f), shown(g)]),
          ].join("\n"),
        json: () => ({ schema: "sslmem/train-result@1", run: paths.root, pairs, ...about.facts }),
        quiet: () => paths.root,
      });
      return;
    }
    const { partsOf } = await import("../../run/run-points.js");
    const { formatAnalysis } = await import("../../analyze/index.js");
    const files = {
      run: paths.root,
      report: paths.report,
      reportJson: paths.reportJson,
      sheet: paths.sheet,
      analysis: paths.analysis,
      scores: paths.scores,
    };
    const outcome = limit === null ? null : { ...limit, ...(await exceeds(limit, partsOf(paths))) };
    call.output.result({
      human: () => `${formatAnalysis(analysis)}\n\n${about.lines.join("\n")}\n\n${describeFiles(paths.root)}`,
      json: () => ({ ...analysis, schema: "sslmem/audit@1", ...about.facts, files, fail_over: outcome }),
      quiet: () => paths.root,
    });
    if (outcome?.exceeded) {
      throw new SslMemError(
        "THRESHOLD",
        `Expected at most ${100 * outcome.share} % of the candidates above a score of ${outcome.threshold} but ${outcome.above} of ${outcome.candidates} are.`,
        `${shown(paths.report)} shows them`,
      );
    }
  },
};

function describeFiles(root: string): string {
  const at = (name: string): string => shown(`${root}/${name}`);
  return [
    "Files:",
    `  ${at("report.html")}  all of this with pictures and plots; opens in any browser`,
    `  ${at("report.json")}  the same for programs`,
    `  ${at("sheet.png")}  the most and least memorised candidates`,
    `  ${at("analysis.json")}  every figure above`,
    `  ${at("scores/")}  one row per image (Parquet)`,
    `  ${at("config.json")}  settings and where each came from`,
  ].join("\n");
}
