import sharp, { type Sharp } from "sharp";
import { type Manifest, openStore } from "../data/index.js";
import { SslMemError } from "../errors.js";

/** Side (pixels) and quality that are tried in turn until all fit. */
const LEVELS = [
  { side: 64, quality: 70 },
  { side: 48, quality: 60 },
  { side: 32, quality: 45 },
] as const;

/** Characters that all appearances of thumbnails together may have. */
const BUDGET = 600_000;

/**
 * Small pictures of images that are mentioned rather than presented: near-duplicates, what excites a unit.
 *
 * @param data what openSource takes
 * @param appearances manifest indices, each as often as its picture is on the page; some hundreds at most
 * @returns data URIs by manifest index; all appearances together have at most 600,000 characters
 * @throws SslMemError DATA when the data set is not there any more, or that many do not fit
 */
export async function thumbnailsOf(
  data: string,
  manifest: Manifest,
  appearances: readonly number[],
): Promise<Map<number, string>> {
  const times = new Map<number, number>();
  for (const index of appearances) times.set(index, (times.get(index) ?? 0) + 1);
  const store = await openStore({ manifest, data, packPath: null });
  try {
    const pictures = new Map<number, Sharp>();
    for (const index of times.keys()) {
      const { pixels, width, height } = await store.decode(index);
      const { data, info } = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .resize(LEVELS[0].side, LEVELS[0].side, { fit: "inside", withoutEnlargement: true })
        .raw()
        .toBuffer({ resolveWithObject: true });
      pictures.set(index, sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }));
    }
    for (const { side, quality } of LEVELS) {
      const encoded = new Map<number, string>();
      let length = 0;
      for (const [index, picture] of pictures) {
        const bytes = await picture
          .clone()
          .resize(side, side, { fit: "inside", withoutEnlargement: true })
          .webp({ quality })
          .toBuffer();
        const uri = `data:image/webp;base64,${bytes.toString("base64")}`;
        length += uri.length * (times.get(index) as number);
        encoded.set(index, uri);
      }
      if (length <= BUDGET) return encoded;
    }
  } finally {
    await store.close();
  }
  throw new SslMemError(
    "DATA",
    `Expected ${appearances.length} thumbnails to fit ${BUDGET} characters but they do not.`,
  );
}
