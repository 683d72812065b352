import { SslMemError } from "../../errors.js";
import { reporterOf, shown } from "../reporting.js";
import { DATA_SETTINGS, settleAlone } from "../settle.js";
import { type Call, textFlag, type Verb } from "../verb.js";
import { checkWritableFolder } from "../writable.js";

const PURPOSES = ["score", "train"] as const;

/** `sslmem views`: the augmented views of images, and the operations that made them. */
export const views: Verb = {
  positionals: "<data>",
  positionalHelp: "Data as for `sslmem audit`.",
  groups: [],
  settings: [...DATA_SETTINGS, "policy", "imageSize", "views", "seed"],
  usesRun: false,
  flags: {
    out: { describe: "Folder to write views.jsonl and the pictures to", group: "Output:" },
    format: {
      describe: "png: a picture for each view; npy: one float32 array, as the encoder is fed",
      group: "Output:",
      defaultDescription: "png",
    },
    purpose: {
      describe: "The views of scoring or of training",
      group: "Model:",
      defaultDescription: "score",
    },
    epoch: { describe: "Epoch of the training views, from 0", group: "Model:", defaultDescription: "0" },
    group: {
      describe: "View group of a multi-crop policy, from 0",
      group: "Model:",
      defaultDescription: "0",
    },
  },
  examples: [["sslmem views ./images --policy simclr --views 4 --out views", "what scoring with seed 0 saw"]],
  async run(call) {
    const { settings } = await settleAlone(call);
    const out = textFlag(call, "out");
    const format = textFlag(call, "format") ?? "png";
    const asked = textFlag(call, "purpose") ?? "score";
    const purpose = PURPOSES.find((one) => one === asked);
    if (out === undefined)
      throw new SslMemError(
        "USAGE",
        "Expected --out with the folder to write but received none.",
        "--out views",
      );
    if (format !== "png" && format !== "npy")
      throw new SslMemError("USAGE", `Expected png or npy for --format but received "${format}".`);
    if (purpose === undefined)
      throw new SslMemError("USAGE", `Expected score or train for --purpose but received "${asked}".`);
    await checkWritableFolder(out);
    const [epoch, group] = [whole(call, "epoch"), whole(call, "group")];
    const { writeViews } = await import("../../steps/views.js");
    const options = { settings, purpose, epoch, group, format, out } as const;
    const written = await writeViews({ ...options, reporter: reporterOf(call), signal: call.signal });
    const { images, shape, skipped } = written;
    call.output.result({
      human: () => `${shown(out)}: ${written.views} views of ${images} images.`,
      json: () => ({
        schema: "sslmem/views-result@1",
        directory: out,
        images,
        views: settings.views,
        shape,
        skipped,
      }),
      quiet: () => out,
    });
  },
};

function whole(call: Call, name: string): number {
  const text = textFlag(call, name) ?? "0";
  if (/^\d+$/.test(text)) return Number(text);
  throw new SslMemError("USAGE", `Expected a whole number for --${name} but received "${text}".`);
}
