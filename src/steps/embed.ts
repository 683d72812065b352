import type { Settings } from "../config/all-settings.js";
import type { Manifest } from "../data/index.js";
import { openEngine } from "../engine/index.js";
import { embeddingBatch, embedImages } from "../evaluate/index.js";
import { getArchitecture, loadEncoder, probedBy } from "../nn/index.js";
import type { Reporter } from "../run/reporter.js";
import { listColumn, writeParquetRows } from "../tables/index.js";
import { checkGiven } from "../text/given.js";
import { nameSkipped, openAllImages } from "./open-data.js";
import { describeChoice, engineRequest } from "./step-context.js";

/** Which images are embedded, by what, and where the representations go. */
export interface EmbeddingsOptions {
  /** The data, architecture, image size, layer, pooling and engine. */
  readonly settings: Settings;
  /** Path of the encoder's weights, safetensors. */
  readonly weights: string;
  /** Path of the Parquet file to write: id, embedding. */
  readonly out: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface WrittenEmbeddings {
  /** Images that could be read. */
  readonly images: number;
  /** Length of a representation. */
  readonly dim: number;
  /** Images that could not be read, with the reason of each. */
  readonly skipped: Manifest["facts"]["skipped"];
}

/**
 * Writes the representations of all images of a data set, unaugmented.
 *
 * @throws SslMemError ENGINE, DATA, NUMERIC and USAGE as openEngine, openAllImages and loadEncoder; the signal's reason
 */
export async function writeEmbeddings(options: EmbeddingsOptions): Promise<WrittenEmbeddings> {
  checkGiven("writeEmbeddings", options, ["settings.data", "weights", "out", "reporter"]);
  const { settings, weights, out, reporter, signal } = options;
  const { imageSize, layer } = settings;
  const session = await openEngine(engineRequest(settings));
  reporter.note(describeChoice(session));
  const pooling = probedBy(settings.pooling);
  const model = { imageSize, layer, pooling };
  const encoder = await loadEncoder(getArchitecture(settings.arch), weights, model);
  const reader = await openAllImages(settings, reporter, signal);
  const { images } = reader;
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
  const batch = embeddingBatch((line) => reporter.note(line));
  reporter.start("embedding");
  try {
    const schema = { id: "string", embedding: "list<f32>" } as const;
    await writeParquetRows(out, schema, metadata, async (append) => {
      for await (const some of reader.batches(batch.size)) {
        const embedded = embedImages(reader, encoder, some, { imageSize, batch, signal });
        for await (const { indices, values, dim } of embedded) {
          append({
            id: Array.from(indices, (index) => images.id(index)),
            embedding: listColumn(values, dim),
          });
          reporter.update({ done: (indices.at(-1) as number) + 1, total: images.count });
        }
      }
    });
  } catch (error) {
    reporter.finish("stopped");
    throw error;
  } finally {
    await reader.close();
  }
  const manifest = reader.manifest();
  const { skipped } = manifest.facts;
  reporter.finish(`${manifest.used.length} images, ${skipped.length} skipped`);
  nameSkipped(manifest, reporter);
  const { dim } = encoder;
  encoder.dispose();
  return { images: manifest.used.length, dim, skipped };
}
