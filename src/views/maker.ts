import type { ImageStore } from "../data/index.js";
import { torchBackend } from "../engine/torch/torch-images.js";
import { SslMemError } from "../errors.js";
import type { ViewBatch, WantedViews } from "./batch.js";
import { DeviceViews } from "./device.js";
import { HostViews } from "./host.js";
import type { ViewSettings } from "./view-settings.js";

/** Makes batches of views of a store's images. */
export interface ViewMaker {
  /**
   * @param indices manifest indices, in the order of the views
   * @returns one batch for each of `wanted`, each at its group's size, for disposeViews when they are done with
   * @throws SslMemError as the store and the policies; then nothing is left behind
   */
  make(indices: Uint32Array, wanted: readonly WantedViews[]): Promise<ViewBatch[]>;
  /** Batches ahead that Ahead should make, >= 1. */
  readonly depth: number;
  /** Frees what is kept between calls. The store stays open. */
  close(): Promise<void>;
}

/**
 * The maker of a store's views: on the device where the engine computes on a GPU or the settings say so, else in host
 * memory. An engine must be open, unless viewsOn is "host".
 *
 * @throws SslMemError ENGINE when nvJPEG is asked for and no GPU would use it
 */
export function viewMaker(store: ImageStore, settings: ViewSettings): ViewMaker {
  const { viewsOn = "auto", decode } = settings;
  const isOnGpu = () => (torchBackend()?.device ?? "cpu") !== "cpu";
  if (viewsOn === "device" || (viewsOn === "auto" && isOnGpu())) return new DeviceViews(store, settings);
  if (decode !== "nvjpeg") return new HostViews(store);
  const hint = "--decode sharp, or --engine torch --device cuda:0";
  throw new SslMemError("ENGINE", "Expected the torch engine on an NVIDIA GPU for --decode nvjpeg.", hint);
}
