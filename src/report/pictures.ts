import sharp from "sharp";
import { type Op, viewBytes } from "../augment/index.js";
import { type DecodedImage, type Manifest, openStore } from "../data/index.js";
import { scoreViews, type ViewRecipe } from "../score/index.js";
import { readMetadata } from "../tables/index.js";
import { HostViews, type WantedViews } from "../views/index.js";

/** Pictures of one image: data URIs. */
export interface Pictures {
  /** For the card in the gallery. */
  thumbnail: string;
  large: string;
  /** What the encoders saw, in order, and how each was made. */
  views: { uri: string; ops: Op[] }[];
}

/** What a page shows besides words, numbers and plots: data URIs by manifest index; empty for a page without pictures. */
export interface PagePictures {
  gallery: ReadonlyMap<number, Pictures>;
  /** Of images that are only mentioned. */
  thumbnails: ReadonlyMap<number, string>;
}

/** Views of one image that are shown at most; a score may rest on more. */
const MOST_VIEWS = 20;

/** Sides (pixels), quality and views of an image that are tried in turn until all pictures fit the budget. */
const LEVELS = [
  { thumbnail: 128, large: 384, view: 160, quality: 80, keepsPixels: true, views: MOST_VIEWS },
  { thumbnail: 112, large: 256, view: 112, quality: 70, keepsPixels: false, views: MOST_VIEWS },
  { thumbnail: 96, large: 160, view: 80, quality: 55, keepsPixels: false, views: MOST_VIEWS },
  { thumbnail: 64, large: 96, view: 48, quality: 40, keepsPixels: false, views: MOST_VIEWS },
  { thumbnail: 64, large: 96, view: 48, quality: 40, keepsPixels: false, views: 4 },
] as const;
type Level = (typeof LEVELS)[number];

/** Characters that all data URIs together may have: the rest of the page stays well below the 5 MB that it may have. */
export const GALLERY_BUDGET = 3_200_000;

/** The views that scores were made with, out of the first part of them. Throws SslMemError DATA. */
export async function viewRecipeOf(parts: readonly string[]): Promise<ViewRecipe> {
  const { configuration = "{}" } = await readMetadata(parts);
  const { policy, imageSize, views, scheme, seed } = JSON.parse(configuration) as ViewRecipe;
  return { policy, imageSize, views, scheme, seed };
}

/**
 * Makes the pictures of some images: themselves, and the very views that they were scored on (the first 20).
 *
 * @param data what openSource takes @param indices manifest indices, some dozens
 * @param budget characters that all together may have, 3.2 million where nobody says
 * @returns by manifest index; smaller ones, and fewer views, until they fit; null when nothing does
 * @throws SslMemError DATA when the data set is not there any more
 */
export async function picturesOf(
  data: string,
  manifest: Manifest,
  recipe: ViewRecipe,
  indices: readonly number[],
  budget = GALLERY_BUDGET,
): Promise<Map<number, Pictures> | null> {
  const store = await openStore({ manifest, data, packPath: null });
  try {
    // A view's random numbers are its own: the first ones are the same whether more follow or not.
    const wanted = scoreViews({ ...recipe, views: Math.min(recipe.views, MOST_VIEWS) });
    const maker = new HostViews(store);
    const images: Raw[] = [];
    // One at a time: they may be large, and are kept small.
    for (const index of indices) {
      const image = await reduced(await store.decode(index));
      images.push({ index, image, views: await viewsOf(maker, wanted, index) });
    }
    for (const level of LEVELS) {
      const encoded = await encodeAll(images, level, budget);
      if (encoded !== null) return encoded;
    }
  } finally {
    await store.close();
  }
  return null;
}

interface Raw {
  index: number;
  image: DecodedImage;
  views: { ops: Op[]; image: DecodedImage }[];
}

async function viewsOf(
  maker: HostViews,
  wanted: readonly WantedViews[],
  index: number,
): Promise<Raw["views"]> {
  const batches = await maker.describe(Uint32Array.of(index), wanted);
  return batches.flatMap(({ data, height, width, operations: [lists = []] }) =>
    lists.map((ops, view) => {
      const part = data.subarray(view * height * width * 3, (view + 1) * height * width * 3);
      return { ops, image: { width, height, pixels: viewBytes(part, ops) } };
    }),
  );
}

async function reduced({ pixels, width, height }: DecodedImage): Promise<DecodedImage> {
  const { data, info } = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(LEVELS[0].large, LEVELS[0].large, { fit: "inside", withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/** Null when the pictures take too much room at this level. */
async function encodeAll(
  images: readonly Raw[],
  level: Level,
  budget: number,
): Promise<Map<number, Pictures> | null> {
  const encoded = new Map<number, Pictures>();
  let length = 0;
  for (const { index, image, views } of images) {
    const pictures: Pictures = {
      thumbnail: await encode(image, level.thumbnail, level),
      large: await encode(image, level.large, level),
      views: [],
    };
    for (const view of views.slice(0, level.views))
      pictures.views.push({ ops: view.ops, uri: await encode(view.image, level.view, level) });
    length += lengthOf(pictures);
    if (length > budget) return null;
    encoded.set(index, pictures);
  }
  return encoded;
}

/** Characters of an image's data URIs. */
export function lengthOf({ thumbnail, large, views }: Pictures): number {
  return views.reduce((sum, { uri }) => sum + uri.length, thumbnail.length + large.length);
}

/** WebP within a square of that side; what is smaller stays as it is, very small pictures with their exact pixels. */
async function encode({ pixels, width, height }: DecodedImage, side: number, level: Level): Promise<string> {
  const lossless = level.keepsPixels && Math.max(width, height) <= 48;
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp(lossless ? { lossless: true } : { quality: level.quality })
    .toBuffer();
  return `data:image/webp;base64,${bytes.toString("base64")}`;
}
