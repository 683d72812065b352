import { SUBSETS } from "../../data/index.js";
import { describePlan } from "../dry-run.js";
import { shown } from "../reporting.js";
import { settleRun } from "../settle.js";
import { switchFlag, type Verb } from "../verb.js";
import { withRun } from "../with-run.js";

/** `sslmem split DATA`: list the images and divide them. */
export const split: Verb = {
  positionals: "[data]",
  positionalHelp: "Data is a folder, tar file(s), a data-set folder, or synthetic:count=2000,size=32.",
  groups: ["Data", "Split"],
  usesRun: true,
  flags: {},
  examples: [["sslmem split ./my-images --run runs/mine", "only the list and the division"]],
  async run(call) {
    const settled = await settleRun(call);
    if (switchFlag(call, "dry-run")) {
      return describePlan(call, {
        ...settled,
        steps: ["manifest", "split"],
        force: switchFlag(call, "force"),
      });
    }
    await withRun(call, settled, ["manifest", "split"], null, async (context) => {
      const { dividedImages } = await import("../../steps/divided-images.js");
      const { manifest, split: divided } = await dividedImages(context);
      const counts = Object.fromEntries(SUBSETS.map((subset) => [subset, divided.indices(subset).length]));
      const { root } = context.run.paths;
      call.output.result({
        human: () =>
          [
            ...SUBSETS.map((subset) => `${subset.padEnd(12)} ${counts[subset]}`),
            `${shown(root)}/split.parquet`,
          ].join("\n"),
        json: () => ({
          schema: "sslmem/split-result@1",
          run: root,
          images: manifest.count,
          skipped: manifest.facts.skipped,
          ...counts,
        }),
        quiet: () => root,
      });
    });
  },
};
