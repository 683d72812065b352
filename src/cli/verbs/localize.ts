import { SslMemError } from "../../errors.js";
import type { StepContext } from "../../steps/step-context.js";
import { checkPair } from "../check-weights.js";
import { shown } from "../reporting.js";
import { settleRun } from "../settle.js";
import { textFlag, type Verb } from "../verb.js";
import { withRun } from "../with-run.js";

const IMAGES = 500;

/** `sslmem localize`: LayerMem, UnitMem and ClassMem of a run's pairs. */
export const localize: Verb = {
  positionals: "",
  positionalHelp: null,
  groups: ["Machine"],
  settings: [
    "network",
    "views",
    "distance",
    "viewScheme",
    "normalize",
    "pooling",
    "scorePolicy",
    "scoreSeed",
    "scoreBatch",
  ],
  usesRun: true,
  flags: {
    images: {
      describe: "Most images of each subset (candidates and external ones)",
      group: "Run:",
      defaultDescription: String(IMAGES),
    },
  },
  examples: [["sslmem localize --run runs/mine", "at which layers, and in which units, f memorises"]],
  async run(call) {
    // Every layer is looked at.
    const settled = await settleRun(call, { layer: null });
    const text = textFlag(call, "images") ?? String(IMAGES);
    const images = Number(text);
    if (!Number.isSafeInteger(images) || images < 2) {
      throw new SslMemError(
        "USAGE",
        `Expected an integer of at least 2 for --images but received "${text}".`,
      );
    }
    const locate = async (context: StepContext) => {
      const { imagesAndPairs } = await import("../../steps/images-and-pairs.js");
      const { localizePairs } = await import("../../steps/localize.js");
      const { refreshReport } = await import("../../steps/report.js");
      const { formatLocalization } = await import("../../localize/index.js");
      const { paths } = context.run;
      const { images: data, pairs } = await imagesAndPairs(context);
      const result = await localizePairs(context, data, pairs, images);
      const isShown = await refreshReport(context);
      call.output.result({
        human: () =>
          `${formatLocalization(result)}\n\n${shown(paths.localize)}, tables in ${shown(paths.localizeTables)}${isShown ? `, plots in ${shown(paths.report)}` : ""}`,
        json: () => result,
        quiet: () => paths.localize,
      });
    };
    await checkPair(call, settled.resolved.settings);
    // Its views and distance are its own business: localize.json says which they were.
    await withRun(call, settled, ["analyze"], null, locate, true);
  },
};
