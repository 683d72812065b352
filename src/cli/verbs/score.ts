import { parseShard, shardFromEnvironment } from "../../run/shard.js";
import { checkPair } from "../check-weights.js";
import { describePlan } from "../dry-run.js";
import { assumedImageSize } from "../image-size.js";
import { IMAGES_FLAG, shown } from "../reporting.js";
import { settleRun } from "../settle.js";
import { switchFlag, textFlag, type Verb } from "../verb.js";
import { withRun } from "../with-run.js";

const STEPS = ["score", "analyze"] as const;

/** `sslmem score`: the images of a run under its pair, or any images under weights from elsewhere. */
export const score: Verb = {
  positionals: "[data]",
  positionalHelp: "Data as for `sslmem audit`; not needed with --run of a run that has them.",
  groups: ["Data", "Scoring", "Machine"],
  settings: ["arch", "policy", "imageSize"],
  usesRun: true,
  flags: {
    images: IMAGES_FLAG,
    shard: {
      describe:
        "i/n, counted from 1: only this share of the parts; Slurm's and torchrun's variables say it too",
      group: "Run:",
    },
  },
  examples: [
    ["sslmem score --run runs/mine", "the parts that are not there yet"],
    ["sslmem score --run runs/mine --shard 1/4", "a quarter of them, for a batch system"],
    ["sslmem score ./images --f f.safetensors --g g.safetensors --arch resnet18", "weights from PyTorch"],
  ],
  async run(call) {
    const text = textFlag(call, "shard");
    const shard = text === undefined ? shardFromEnvironment(call.env) : parseShard(text);
    const settled = await settleRun(call);
    if (switchFlag(call, "dry-run"))
      return describePlan(call, { ...settled, steps: STEPS, force: switchFlag(call, "force") });
    await checkPair(call, settled.resolved.settings);
    await withRun(call, settled, STEPS, shard, async (context) => {
      const { imagesAndPairs } = await import("../../steps/images-and-pairs.js");
      const { scorePairs, scoreParts } = await import("../../steps/score.js");
      const isForeign = context.run.resolved.settings.f !== null;
      const assumed = isForeign ? assumedImageSize(context.run.resolved) : null;
      if (assumed !== null) call.output.note(assumed);
      const { images, pairs } = await imagesAndPairs(context);
      await scorePairs(context, images, pairs, shard);
      const { paths, missing } = scoreParts(context, images, pairs.length);
      const result = {
        schema: "sslmem/score-result@1",
        run: context.run.paths.root,
        parts: paths.length,
        missing: missing.length,
      };
      if (missing.length > 0) {
        call.output.result({
          human: () =>
            `${paths.length - missing.length} of ${paths.length} parts are done; the analysis follows with the last.`,
          json: () => result,
          quiet: () => context.run.paths.scores,
        });
        return;
      }
      const { analyzeScores } = await import("../../steps/analyze.js");
      const { reportRun } = await import("../../steps/report.js");
      const { formatAnalysis } = await import("../../analyze/index.js");
      const analysis = await analyzeScores(context, images, pairs);
      await reportRun(context, call.own.images !== false);
      const { aboutEncoders } = await import("../about-encoders.js");
      const { facts, lines } = await aboutEncoders(context.run.paths, context.run.resolved.settings);
      const { report, analysis: figures } = context.run.paths;
      call.output.result({
        human: () => [formatAnalysis(analysis), "", ...lines, shown(report), shown(figures)].join("\n"),
        json: () => ({ ...analysis, ...result, ...facts }),
        quiet: () => context.run.paths.scores,
      });
    });
  },
};
