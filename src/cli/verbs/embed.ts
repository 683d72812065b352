import { SslMemError } from "../../errors.js";
import { assumedImageSize } from "../image-size.js";
import { reporterOf, shown } from "../report.js";
import { settleAlone } from "../settle.js";
import { textFlag, type Verb } from "../verb.js";
import { checkForeign } from "../weights.js";
import { checkWritableFile } from "../writable.js";

/** `sslmem embed`: representations of unaugmented images. */
export const embed: Verb = {
  positionals: "<data>",
  positionalHelp: "Data as for `sslmem audit`.",
  groups: ["Machine"],
  settings: [
    "data",
    "sourceKind",
    "sampleImage",
    "orientation",
    "cacheSide",
    "strict",
    "arch",
    "imageSize",
    "layer",
  ],
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
    const { loadEncoder } = await import("../../nn/index.js");
    const { listColumn, writeParquetRows } = await import("../../tables/index.js");
    const { describeChoice, engineRequest } = await import("../../run/context.js");
    await checkForeign(call, settings.arch, [weights]);
    const session = await openEngine(engineRequest(settings));
    call.output.note(describeChoice(session));
    const assumed = assumedImageSize(resolved);
    if (assumed !== null) call.output.note(assumed);
    const encoder = await loadEncoder(settings.arch, weights, { layer: settings.layer });
    const { readAllImages } = await import("../../run/all-images.js");
    const store = await readAllImages(settings, reporterOf(call), call.signal);
    const { manifest } = store;
    const all = manifest.used;
    const metadata = {
      schema: "sslmem/embeddings@1",
      arch: settings.arch,
      layer: settings.layer ?? "",
      imageSize: String(settings.imageSize),
      weights,
      manifest: manifest.hash,
      ...session.describe(),
    };
    call.progress.start("embedding");
    await writeParquetRows(out, { id: "string", embedding: "list<f32>" }, metadata, async (append) => {
      let done = 0;
      for await (const { indices, values, dim } of embedImages(store, encoder, all, {
        imageSize: settings.imageSize,
        batch: embeddingBatch((line) => call.output.note(line)),
        signal: call.signal,
      })) {
        append({
          id: Array.from(indices, (index) => manifest.entry(index).id),
          embedding: listColumn(values, dim),
        });
        done += indices.length;
        call.progress.update({ done, total: all.length });
      }
    });
    call.progress.finish(`${all.length} images`);
    await store.close();
    call.output.result({
      human: () => `${shown(out)}: ${all.length} embeddings of length ${encoder.dim}.`,
      json: () => ({
        schema: "sslmem/embed-result@1",
        file: out,
        images: all.length,
        dim: encoder.dim,
        skipped: manifest.facts.skipped,
      }),
      quiet: () => out,
    });
  },
};
