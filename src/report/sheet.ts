import sharp, { type OverlayOptions } from "sharp";
import type { Analysis, ScoredImage } from "../analyze/index.js";
import type { DecodedImage } from "../data/index.js";
import { writeWhole } from "../files/index.js";
import { errorOver, signed } from "../text/number-words.js";
import { font } from "./font.js";

const THUMBNAIL = 128;
const GAP = 16;
const CAPTION = 46;
const MARGIN = 32;
const COLUMNS = 10;
const TITLE = 64;
const SECTION = 40;

/** Text as an SVG path: no font is needed to show it. y is the base line. */
function text(
  words: string,
  x: number,
  y: number,
  size: number,
  fill: string,
  weight: 400 | 700 = 400,
): string {
  return `<path d="${font(weight).getPath(words, x, y, size).toPathData(2)}" fill="${fill}"/>`;
}

/** Shortens an id from the left, where ids are alike, to what fits in `width` pixels. */
function fitting(id: string, width: number, size: number): string {
  const fits = (words: string) => font(400).getAdvanceWidth(words, size) <= width;
  if (fits(id)) return id;
  let start = 1;
  while (start < id.length && !fits(`…${id.slice(start)}`)) start += 1;
  return `…${id.slice(start)}`;
}

/**
 * Writes one PNG with the most and the least memorised candidates: picture, score ± standard error (over views, with
 * several pairs over these too), id; planted outliers are framed.
 *
 * @param load decodes the image of a manifest index @param subtitle what was audited, one line
 */
export async function writeSheet(
  path: string,
  analysis: Analysis,
  load: (index: number) => Promise<DecodedImage>,
  subtitle: string,
): Promise<void> {
  const width = 2 * MARGIN + COLUMNS * THUMBNAIL + (COLUMNS - 1) * GAP;
  const row = SECTION + THUMBNAIL + CAPTION;
  const height = MARGIN + TITLE + 2 * row + MARGIN;
  const drawn: string[] = [
    text("Most and least memorised candidates", MARGIN, MARGIN + 24, 26, "#111", 700),
    text(
      `${subtitle} · score ± standard error ${errorOver(analysis.pairs)}`,
      MARGIN,
      MARGIN + 48,
      15,
      "#555",
    ),
  ];
  const thumbnails: OverlayOptions[] = [];
  const sections = [
    ["Most memorised", analysis.most_memorized],
    ["Least memorised", analysis.least_memorized],
  ] as const;
  for (const [i, [title, images]] of sections.entries()) {
    const top = MARGIN + TITLE + i * row;
    drawn.push(text(title, MARGIN, top + 26, 18, "#111", 700));
    for (const [column, image] of images.slice(0, COLUMNS).entries()) {
      const left = MARGIN + column * (THUMBNAIL + GAP);
      thumbnails.push({ input: await thumbnail(await load(image.index)), left, top: top + SECTION });
      for (const line of caption(image, left, top + SECTION)) drawn.push(line);
    }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn.join("")}</svg>`;
  const picture = await sharp({ create: { width, height, channels: 3, background: "#ffffff" } })
    .composite([...thumbnails, { input: Buffer.from(svg), left: 0, top: 0 }])
    .png()
    .toBuffer();
  await writeWhole(path, picture);
}

function caption(image: ScoredImage, left: number, top: number): string[] {
  const base = top + THUMBNAIL + 20;
  const error = image.error === null ? "" : ` ± ${image.error.toFixed(3)}`;
  const score = signed(image.sslmem, 3);
  const after = left + font(700).getAdvanceWidth(score, 15);
  const frame = `<rect x="${left - 3}" y="${top - 3}" width="${THUMBNAIL + 6}" height="${THUMBNAIL + 6}" fill="none" stroke="#d55e00" stroke-width="3"/>`;
  return [
    text(score, left, base, 15, "#111", 700),
    text(error, after, base, 13, "#555"),
    text(fitting(image.id, THUMBNAIL, 12), left, base + 18, 12, "#555"),
    ...(image.outlier ? [frame, text("planted outlier", left, top - 8, 11, "#b34700", 700)] : []),
  ];
}

/** Small pictures are enlarged with their pixels kept, large ones reduced; all fit the square. */
async function thumbnail({ pixels, width, height }: DecodedImage): Promise<Buffer> {
  const kernel = Math.max(width, height) < THUMBNAIL ? "nearest" : "lanczos3";
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(THUMBNAIL, THUMBNAIL, { fit: "contain", background: "#f0f0f0", kernel })
    .png()
    .toBuffer();
}
