import { describePlan } from "../plan.js";
import { shown } from "../report.js";
import { withRun } from "../run.js";
import { settleRun } from "../settle.js";
import { switchFlag, type Verb } from "../verb.js";

const STEPS = ["manifest", "split", "train"] as const;

/** `sslmem train`: the encoders of a run; lists and divides the images first where that has not been done. */
export const train: Verb = {
  positionals: "[data]",
  positionalHelp: "Data as for `sslmem audit`; not needed with --run of a run that has them.",
  groups: ["Data", "Split", "Model", "Training", "Machine"],
  usesRun: true,
  flags: {},
  examples: [
    ["sslmem train ./my-images --run runs/mine --epochs 100", "f and g, going on from their checkpoints"],
  ],
  async run(call) {
    const settled = await settleRun(call);
    if (switchFlag(call, "dry-run"))
      return describePlan(call, { ...settled, steps: STEPS, force: switchFlag(call, "force") });
    await withRun(call, settled, STEPS, null, async (context) => {
      const { listImages, splitImages } = await import("../../run/steps/images.js");
      const { trainPairs } = await import("../../run/steps/train.js");
      const manifest = await listImages(context);
      const pairs = await trainPairs(context, manifest, await splitImages(context, manifest));
      call.output.result({
        human: () => pairs.flatMap(({ f, g }) => [shown(f), shown(g)]).join("\n"),
        json: () => ({ schema: "sslmem/train-result@1", run: context.run.paths.root, pairs }),
        quiet: () => pairs.flatMap(({ f, g }) => [f, g]).join("\n"),
      });
    });
  },
};
