import sharp from "sharp";
import { each, ORIENTATIONS, type PictureCase, type PictureCases } from "./case.js";
import { gif } from "./gif.js";
import { exif, profile } from "./metadata.js";
import { alpha, grey, HEIGHT, indices, joined, palette, rgb, WIDTH } from "./samples.js";
import { extendedWebp } from "./surgery.js";

const raw = (samples: number[], channels: 1 | 3 | 4) =>
  sharp(Uint8Array.from(samples), { raw: { width: WIDTH, height: HEIGHT, channels } });
const rgba = () => joined([rgb(), 3], [alpha(), 1]);
const SIZE = [WIDTH, HEIGHT] as const;

export async function webpCases(): Promise<PictureCases> {
  const lossless = await raw(rgb(), 3).webp({ lossless: true }).toBuffer();
  const lossy = await raw(rgb(), 3).webp({ quality: 80 }).toBuffer();
  const tall = sharp(Uint8Array.from([...rgb(), ...rgb(1)]), {
    raw: { width: WIDTH, height: 2 * HEIGHT, channels: 3, pageHeight: HEIGHT },
  });
  return {
    "webp-lossless": lossless,
    "webp-lossy": lossy,
    "webp-lossy-alpha": await raw(rgba(), 4).webp({ quality: 80 }).toBuffer(),
    "webp-lossless-alpha": await raw(rgba(), 4).webp({ lossless: true, exact: true }).toBuffer(),
    "webp-animated": await tall.webp({ lossless: true }).toBuffer(),
    "webp-icc": extendedWebp(lossless, SIZE, { icc: profile() }),
    "webp-icc-lossy": extendedWebp(lossy, SIZE, { icc: profile() }),
    ...(await each("webp-exif", ORIENTATIONS, (o) => extendedWebp(lossless, SIZE, { exif: exif(o) }))),
    "webp-truncated": lossy.subarray(0, lossy.length >> 1),
    "webp-truncated-lossless": lossless.subarray(0, -30),
  };
}

export function gifCases(): PictureCases {
  const colours = palette(64);
  const whole = { indices: indices(64) };
  const box = [4, 3, 9, 6] as const;
  const part = { indices: indices(64).slice(0, 54), box };
  const greys = Array.from({ length: 192 }, (_, i) => Math.floor(i / 3));
  return {
    "gif-plain": gif([whole], colours),
    "gif-small-codes": gif([{ indices: indices(4), codeSize: 2 }], palette(4)),
    "gif-two-colours": gif([{ indices: indices(2), codeSize: 2 }], palette(2)),
    "gif-interlaced": gif([{ ...whole, isInterlaced: true }], colours),
    "gif-transparent": gif([{ ...whole, transparent: 5 }], colours),
    "gif-transparent-background": gif([{ ...whole, transparent: 5 }], colours, { background: 7 }),
    "gif-local-palette": gif([{ ...whole, palette: palette(128) }], colours),
    "gif-only-local-palette": gif([{ ...whole, palette: colours }], null),
    "gif-without-palette": gif([whole], null),
    "gif-grey-palette": gif([whole], greys),
    "gif-part": gif([part], colours, { background: 9 }),
    "gif-part-interlaced": gif([{ ...part, isInterlaced: true }], colours),
    "gif-part-transparent": gif([{ ...part, transparent: 5 }], colours, { background: 9 }),
    "gif-part-local-palette": gif([{ ...part, palette: palette(128) }], colours),
    "gif-part-without-palette": gif([{ ...part, transparent: 50 }], null),
    "gif-beyond-screen": gif([part], colours, { size: [8, 6] }),
    "gif-index-beyond-palette": gif([{ indices: indices(100) }], palette(16)),
    "gif-index-beyond-greys": gif([{ indices: indices(100) }], greys),
    "gif-animated": gif([whole, { ...part, transparent: 3 }], colours),
    "gif-too-many-indices": gif([{ indices: [...indices(64), 1, 2, 3] }], colours),
    "gif-too-few-indices": gif([{ indices: indices(64).slice(0, 100) }], colours),
    "gif-truncated": gif([whole], colours).subarray(0, 300),
  };
}

export async function avifCases(): Promise<PictureCases> {
  const avif = (samples: number[], channels: 1 | 3 | 4, chromaSubsampling: string, orientation?: number) => {
    const image = raw(samples, channels);
    return (orientation ? image.withMetadata({ orientation }) : image)
      .avif({ quality: 70, chromaSubsampling, effort: 4 })
      .toBuffer();
  };
  const exact = async (name: string, bytes: Promise<Buffer>): Promise<PictureCases> => ({
    // libavif and libheif round the products of YCbCr to RGB apart.
    [name]: { bytes: await bytes, tolerance: 1 },
  });
  const full = (await exact("avif-444", avif(rgb(), 3, "4:4:4")))["avif-444"] as PictureCase;
  const turned = await Promise.all(
    ORIENTATIONS.map((o) => exact(`avif-exif-${o}`, avif(rgb(), 3, "4:4:4", o))),
  );
  return {
    "avif-444": full,
    ...(await exact("avif-alpha", avif(rgba(), 4, "4:4:4"))),
    ...(await exact("avif-grey", avif(joined([grey(), 1], [grey(), 1], [grey(), 1]), 3, "4:2:0"))),
    ...Object.assign({}, ...turned),
    "avif-420": { bytes: await avif(rgb(), 3, "4:2:0"), tolerance: 1, isChromaRepeated: true },
  };
}
