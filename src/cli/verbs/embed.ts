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
    const { openEngine } = await import("../../engine/index.js");
    const { embeddingBatch, embedImages } = await import("../../evaluate/index.js");
    const { getArchitecture, loadEncoder, probedBy } = await import("../../nn/index.js");
    const { listColumn, writeParquetRows } = await import("../../tables/index.js");
    const { describeChoice, engineRequest } = await import("../../steps/step-context.js");
    await checkForeign(call, settings, [weights]);
    const session = await openEngine(engineRequest(settings));
    call.output.note(describeChoice(session));
    const assumed = assumedImageSize(resolved);
    if (assumed !== null) call.output.note(assumed);
    const { imageSize, layer } = settings;
    const pooling = probedBy(settings.pooling);
    const model = { imageSize, layer, pooling };
    const encoder = await loadEncoder(getArchitecture(settings.arch), weights, model);
    const { nameSkipped, openAllImages } = await import("../../steps/open-data.js");
    const reader = await openAllImages(settings, reporterOf(call), call.signal);
    // Asked for when all images have been read.
    const metadata = () => ({
      schema: "sslmem/embeddings@1",
      arch: settings.arch,
      layer: layer ?? "",
      pooling,
      imageSize: String(imageSize),
      weights,
      manifest: reader.manifest().hash,
      ...session.describe(),
    });
    const { images } = reader;
    const { signal } = call;
    const batch = embeddingBatch((line) => call.output.note(line));
    const options = { imageSize, batch, signal };
    call.progress.start("embedding");
    try {
      const schema = { id: "string", embedding: "list<f32>" } as const;
      await writeParquetRows(out, schema, metadata, async (append) => {
        for await (const some of reader.batches(batch.size)) {
          for await (const { indices, values, dim } of embedImages(reader, encoder, some, options)) {
            append({
              id: Array.from(indices, (index) => images.id(index)),
              embedding: listColumn(values, dim),
            });
            call.progress.update({ done: (indices.at(-1) as number) + 1, total: images.count });
          }
        }
      });
    } catch (error) {
      call.progress.finish("stopped");
      throw error;
    } finally {
      await reader.close();
    }
    const manifest = reader.manifest();
    const count = manifest.used.length;
    const { skipped } = manifest.facts;
    call.progress.finish(`${count} images, ${skipped.length} skipped`);
    nameSkipped(manifest, call.output);
    call.output.result({
      human: () => `${shown(out)}: ${count} embeddings of length ${encoder.dim}.`,
      json: () => ({
        schema: "sslmem/embed-result@1",
        file: out,
        images: count,
        dim: encoder.dim,
        skipped,
      }),
      quiet: () => out,
    });
  },
};
