/** Batches of views for the encoders: in host memory, or on the device that the encoders run on. */

export {
  disposeViews,
  type HostBatch,
  joinedTensor,
  tensorOf,
  type ViewBatch,
  type WantedViews,
} from "./batch.js";
export { type DescribedBatch, HostViews } from "./host.js";
export { type ViewMaker, viewMaker } from "./maker.js";
export { Ahead } from "./prefetch.js";
export type { Decoder, ViewSettings } from "./view-settings.js";
