import { resolve } from "node:path";
import { SslMemError } from "../../errors.js";
import { checkForeign } from "../check-weights.js";
import { checkRunFlags, ENCODER_FLAGS, weightsOfRun } from "../encoder-flags.js";
import { assumedImageSize } from "../image-size.js";
import { reporterOf, shown } from "../reporting.js";
import { DATA_SETTINGS, settleAlone } from "../settle.js";
import { textFlag, type Verb } from "../verb.js";
import { checkWritableFile } from "../writable.js";

/** `sslmem embed`: representations of unaugmented images. */
export const embed: Verb = {
  positionals: "[data]",
  positionalHelp: "Data as for `sslmem audit`; left out with --run: the run's own.",
  groups: ["Machine"],
  settings: [...DATA_SETTINGS, "arch", "imageSize", "layer", "pooling", "network"],
  usesRun: false,
  flags: {
    weights: { describe: "Weights of the encoder (safetensors)", group: "Model:" },
    run: { describe: "An encoder of this run instead", group: "Model:" },
    ...ENCODER_FLAGS,
    out: { describe: "File to write: id, embedding (Parquet)", group: "Output:" },
  },
  examples: [
    ["sslmem embed ./images --weights f.safetensors --arch resnet18 --out e.parquet", ""],
    ["sslmem embed ./images --run runs/mine --encoder g --out e.parquet", "g of a run, on other images"],
  ],
  async run(call) {
    const [file, run, out] = [textFlag(call, "weights"), textFlag(call, "run"), textFlag(call, "out")];
    if ((file === undefined) === (run === undefined))
      throw new SslMemError(
        "USAGE",
        `Expected --weights with a safetensors file, or --run, but received ${run === undefined ? "neither" : "both"}.`,
      );
    checkRunFlags(call, file);
    const resolved = await settleAlone(call, run === undefined ? null : resolve(run));
    const { settings } = resolved;
    if (out === undefined)
      throw new SslMemError(
        "USAGE",
        "Expected --out with the file to write but received none.",
        "--out embeddings.parquet",
      );
    await checkWritableFile(out);
    const weights = run === undefined ? (file as string) : await weightsOfRun(call, run, settings);
    if (run === undefined) await checkForeign(call, settings, [weights]);
    const assumed = run === undefined ? assumedImageSize(resolved) : null;
    if (assumed !== null) call.output.note(assumed);
    const { writeEmbeddings } = await import("../../steps/embed.js");
    const told = { reporter: reporterOf(call), signal: call.signal };
    const { images, dim, skipped } = await writeEmbeddings({ settings, weights, out, ...told });
    call.output.result({
      human: () => `${shown(out)}: ${images} embeddings of length ${dim}.`,
      json: () => ({
        schema: "sslmem/embed-result@1",
        file: out,
        images,
        dim,
        skipped,
      }),
      quiet: () => out,
    });
  },
};
