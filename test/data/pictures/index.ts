import type { PictureCase } from "./case.js";
import { jpegCases } from "./jpeg-cases.js";
import { avifCases, gifCases, webpCases } from "./other-cases.js";
import { pngCases } from "./png-cases.js";
import { tiffCases } from "./tiff-cases.js";

/** Every encoded picture by name, the same bytes each time. */
export async function pictureCases(): Promise<Map<string, PictureCase>> {
  const groups = await Promise.all([
    pngCases(),
    jpegCases(),
    webpCases(),
    gifCases(),
    tiffCases(),
    avifCases(),
  ]);
  const all = groups.flatMap((group) => Object.entries(group));
  return new Map(all.map(([name, made]) => [name, Buffer.isBuffer(made) ? { bytes: made } : made]));
}
