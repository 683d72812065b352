import type { ImageStore } from "../data/index.js";
import type { TorchBackend } from "../engine/torch/backend.js";
import type { ImageSource } from "../engine/torch/binding.js";
import { TorchImages } from "../engine/torch/torch-images.js";
import type { ViewSettings } from "./view-settings.js";

/**
 * Brings the images of a batch to the device. With nvJPEG the JPEG files among them are decoded there, the others, and
 * those that it refuses, by sharp, off the JavaScript thread.
 *
 * @throws SslMemError DATA for an image that cannot be read; ENGINE when nvJPEG is asked for and not there
 */
export async function decodeBatch(
  backend: TorchBackend,
  store: ImageStore,
  indices: Uint32Array,
  { decode = "auto", nvjpeg }: ViewSettings,
): Promise<TorchImages> {
  const { orientation } = store.manifest.facts.pixels;
  const bySharp = (index: number): Promise<ImageSource> => store.decode(index).then(sourceOf);
  const sources = await Promise.all(
    Array.from(indices, async (index) => {
      if (decode !== "nvjpeg") return bySharp(index);
      const file = await store.encoded(index);
      const fits = file !== null && backend.binding.jpegRefusal(file, orientation === "exif") === null;
      return fits ? { bytes: file, height: 0, width: 0 } : bySharp(index);
    }),
  );
  for (;;) {
    const { images, ...rest } = await TorchImages.decode(backend, sources, nvjpeg ?? null);
    if (images !== null) return images;
    const { refused } = rest as { refused: number[] };
    await Promise.all(
      refused.map(async (place) => {
        sources[place] = await bySharp(indices[place] as number);
      }),
    );
  }
}

const sourceOf = ({ pixels, height, width }: { pixels: Uint8Array; height: number; width: number }) => ({
  bytes: pixels,
  height,
  width,
});
