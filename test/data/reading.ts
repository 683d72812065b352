import {
  buildManifest,
  type DecodedImage,
  type Manifest,
  PackWriter,
  packKey,
  type Source,
  type SourceEntry,
} from "../../src/data/index.js";

/** Every image that a source lists. */
export async function entriesOf(source: Source): Promise<SourceEntry[]> {
  return [...(await source.list()).images];
}

/** One image of a source, decoded. */
export async function readImage(source: Source, entry: SourceEntry): Promise<DecodedImage> {
  return source.decode(await source.bytes(entry), entry);
}

/** The manifest of all images of a source, and a packed file of them at `path`. */
export async function packAll(source: Source, path: string): Promise<Manifest> {
  const writer = await PackWriter.create(path);
  const manifest = await buildManifest(source, { onImage: (index, image) => writer.add(index, image) });
  await writer.finish(path, packKey(manifest), manifest.used);
  return manifest;
}
