/** Data sets: where images come from, their list, their division, their decoded cache. */

export { type BuildOptions, buildManifest, noneReadable, skippedFiles } from "./build.js";
export { bytesAsListed, changed, gone } from "./bytes-as-listed.js";
export { hexOf } from "./image-digest.js";
export { ImageReader } from "./image-reader.js";
export { KnownImages } from "./known-images.js";
export { listed, listingFiles } from "./listing-cache.js";
export {
  type Arrangement,
  arrange,
  countOf,
  divide,
  makeSplit,
  Split,
  type SplitOptions,
} from "./make-split.js";
export {
  Manifest,
  type ManifestData,
  type ManifestEntry,
  type PixelRules,
  PLAIN_PIXELS,
  type SkippedFile,
} from "./manifest.js";
export { epochBatches } from "./order.js";
export { PackWriter, packBytes, packHash, packKey } from "./pack-writer.js";
export { type ReadImage, ReadImages, ReadImageTable } from "./read-images.js";
export { Reading, type ReadingOptions, readOnce } from "./reading.js";
export { checkData, openSource, sourceKinds } from "./sources/index.js";
export { stampOf } from "./stamp.js";
export {
  decodingStore,
  type ImageStore,
  type LoadedImages,
  openStore,
  type PackedFile,
  type StoreDescriptor,
} from "./store.js";
export { inOrder, SUBSETS, type Subset } from "./subset-names.js";
export { describeTaken, LISTING_SCHEMA, listingSchema, takenSchema } from "./taken.js";
export type {
  DecodedImage,
  Listing,
  Orientation,
  Source,
  SourceEntry,
  SourceOptions,
  Taken,
} from "./types.js";
