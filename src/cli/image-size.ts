import type { Resolved } from "../config/resolve.js";

/**
 * What to tell people who bring weights of their own and did not say which size of image these were trained on; null when
 * they did. Any size gives figures, but those of another one say little.
 */
export function assumedImageSize({ settings: { imageSize }, from }: Resolved): string | null {
  const origin = from.imageSize;
  const isGiven = origin !== "default" && !origin.startsWith("preset:");
  if (isGiven) return null;
  const where = origin === "default" ? "the default" : `from preset ${origin.slice("preset:".length)}`;
  return `Image size: ${imageSize} px (${where}); --image-size gives that of the weights' training.`;
}
