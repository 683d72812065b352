/** Batches of views for the encoders: in host memory, or on the device that the encoders run on. */
export { Ahead } from "./ahead.js";
export { disposeViews, tensorOf, type ViewBatch } from "./batch.js";
export { DeviceViews, deviceViews, type WantedViews } from "./device.js";
export type { Decoder, ViewSettings } from "./settings.js";
