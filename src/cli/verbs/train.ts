import { describePlan } from "../dry-run.js";
import { shown } from "../reporting.js";
import { settleRun } from "../settle.js";
import { switchFlag, textFlag, type Verb } from "../verb.js";
import { withRun } from "../with-run.js";

const STEPS = ["manifest", "split", "train"] as const;

/** `sslmem train`: the encoders of a run; lists and divides the images first where that has not been done. */
export const train: Verb = {
  positionals: "[data]",
  positionalHelp: "Data as for `sslmem audit`; not needed with --run of a run that has them.",
  groups: ["Data", "Split", "Model", "Training", "Machine"],
  usesRun: true,
  flags: {
    only: {
      describe: "f or g: train only this one, for experiments that need no score",
      group: "Training:",
      choices: ["f", "g"],
    },
  },
  examples: [
    ["sslmem train ./my-images --run runs/mine --epochs 100", "f and g, going on from their checkpoints"],
    [
      "sslmem train ./my-images --run runs/mine --stop-after 0",
      "only the untrained state, as checkpoint of step 0",
    ],
  ],
  async run(call) {
    const settled = await settleRun(call);
    if (switchFlag(call, "dry-run"))
      return describePlan(call, { ...settled, steps: STEPS, force: switchFlag(call, "force") });
    const only = textFlag(call, "only") as "f" | "g" | undefined;
    await withRun(call, settled, STEPS, null, async (context) => {
      const { dividedImages } = await import("../../steps/divided-images.js");
      const { trainEncoders } = await import("../../steps/train.js");
      const images = await dividedImages(context);
      const pairs = await trainEncoders(context, images, only === undefined ? ["f", "g"] : [only]);
      const { collapsedEncoders } = await import("../../run/collapsed.js");
      const collapsed = await collapsedEncoders(context.run.paths, context.run.resolved.settings);
      const paths = pairs.flatMap(({ f, g }) => [f, g]).filter((path) => path !== undefined);
      call.output.result({
        human: () => [...collapsed.map((line) => `Warning: ${line}`), ...paths.map(shown)].join("\n"),
        json: () => ({ schema: "sslmem/train-result@1", run: context.run.paths.root, pairs, collapsed }),
        quiet: () => paths.join("\n"),
      });
    });
  },
};
