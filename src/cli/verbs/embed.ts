import { SslMemError } from "../../errors.js";
import { checkForeign } from "../check-weights.js";
import { assumedImageSize } from "../image-size.js";
import { reporterOf, shown } from "../reporting.js";
import { DATA_SETTINGS, settleAlone } from "../settle.js";
import { textFlag, type Verb } from "../verb.js";
import { checkWritableFile } from "../writable.js";

/** `sslmem embed`: representations of unaugmented images. */
export const embed: Verb = {
  positionals: "<data>",
  positionalHelp: "Data as for `sslmem audit`.",
  groups: ["Machine"],
  settings: [...DATA_SETTINGS, "arch", "imageSize", "layer", "pooling"],
  usesRun: false,
  flags: {
    weights: { describe: "Weights of the encoder (safetensors)", group: "Model:" },
    out: { describe: "File to write: id, embedding (Parquet)", group: "Output:" },
  },
  examples: [["sslmem embed ./images --weights f.safetensors --arch resnet18 --out e.parquet", ""]],
  async run(call) {
    const resolved = await settleAlone(call);
    const { settings } = resolved;
    const [weights, out] = [textFlag(call, "weights"), textFlag(call, "out")];
    if (weights === undefined)
      throw new SslMemError("USAGE", "Expected --weights with a safetensors file but received none.");
    if (out === undefined)
      throw new SslMemError(
        "USAGE",
        "Expected --out with the file to write but received none.",
        "--out embeddings.parquet",
      );
    await checkWritableFile(out);
    await checkForeign(call, settings, [weights]);
    const assumed = assumedImageSize(resolved);
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
