/** Data sets: where images come from, their list, their division, their decoded cache. */

export { readListed } from "./listed.js";
export { buildManifest, Manifest, type ManifestEntry, type SkippedFile } from "./manifest.js";
export { epochBatches } from "./order.js";
export { PackWriter } from "./pack.js";
export { openSource, sourceKinds } from "./sources/index.js";
export { countOf, makeSplit, Split, type SplitOptions, SUBSETS, type Subset } from "./split.js";
export {
  decodingStore,
  type ImageStore,
  type LoadedImages,
  openStore,
  type StoreDescriptor,
} from "./store.js";
export { type DecodedImage, ORIENTATIONS, type Orientation, type Source, type SourceEntry } from "./types.js";
export { whatItIs } from "./what-it-is.js";
