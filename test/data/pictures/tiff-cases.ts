import sharp from "sharp";
import { each, ORIENTATIONS, type PictureCases } from "./case.js";
import { profile } from "./metadata.js";
import { alpha, cmyk, deep, grey, HEIGHT, indices, joined, palette, rgb, rows, WIDTH } from "./samples.js";
import { type TiffOptions, tiff } from "./tiff.js";

const raw = (samples: number[], channels: 1 | 3 | 4) =>
  sharp(Uint8Array.from(samples), { raw: { width: WIDTH, height: HEIGHT, channels } });
const RGB = { photometric: 2, bits: 8, samples: 3, strips: [Buffer.from(rgb())] } as const;
const EXTRA = 338;
const COLOURS = 320;

/** A file of samples side by side. */
function of(
  samples: number[],
  channels: number,
  photometric: number,
  bits = 8,
  more: Partial<TiffOptions> = {},
) {
  const strips = [rows(samples, WIDTH * channels, bits, more.bigEndian !== true)];
  return tiff({ photometric, bits, samples: channels, strips, ...more });
}

/** 32-bit numbers. */
function words(samples: number[], write: "writeFloatLE" | "writeInt32LE"): Buffer {
  const out = Buffer.alloc(4 * samples.length);
  for (const [i, value] of samples.entries()) out[write](value, 4 * i);
  return out;
}

const map = (colours: number) => {
  const all = palette(colours);
  return [0, 1, 2].flatMap((c) =>
    Array.from({ length: colours }, (_, i) => (all[3 * i + c] as number) * 256 + 50 * c),
  );
};

export async function tiffCases(): Promise<PictureCases> {
  const rgba = joined([rgb(), 3], [alpha(), 1]);
  const planes = [0, 1, 2].map((c) => Buffer.from(rgb().filter((_, i) => i % 3 === c)));
  const tile = Buffer.alloc(32 * 16 * 3);
  const row = (y: number) => Buffer.from(rgb().slice(y * WIDTH * 3, (y + 1) * WIDTH * 3));
  for (let y = 0; y < HEIGHT; y++) row(y).copy(tile, y * 32 * 3);
  const packed = (bits: number, photometric: number) =>
    of(
      grey().map((value) => value >> (8 - bits)),
      1,
      photometric,
      bits,
    );
  const compressed = (options: object) => raw(rgb(), 3).tiff(options).toBuffer();
  const floats = grey().map((value, i) => value * 1.3 - 20 + i / 300);
  return {
    "tiff-rgb": tiff(RGB),
    "tiff-big-endian": tiff({ ...RGB, bigEndian: true }),
    "tiff-bigtiff": tiff({ ...RGB, big: true }),
    "tiff-planes": tiff({ ...RGB, strips: planes, tags: { 284: [2] } }),
    "tiff-tile": tiff({ ...RGB, strips: [tile], tile: [32, 16] }),
    "tiff-icc": tiff({ ...RGB, icc: profile() }),
    ...(await each("tiff-exif", ORIENTATIONS, (o) => tiff({ ...RGB, tags: { 274: [o] } }))),
    "tiff-rgba": of(rgba, 4, 2, 8, { tags: { [EXTRA]: [2] } }),
    "tiff-rgbx": of(rgba, 4, 2, 8, { tags: { [EXTRA]: [0] } }),
    "tiff-rgba-premultiplied": of(rgba, 4, 2, 8, { tags: { [EXTRA]: [1] } }),
    "tiff-rgba-unsaid": of(rgba, 4, 2),
    "tiff-rgbxx": of(joined([rgba, 4], [alpha(), 1]), 5, 2, 8, { tags: { [EXTRA]: [0, 0] } }),
    "tiff-rgbxxx": of(joined([rgba, 4], [alpha(), 1], [grey(), 1]), 6, 2, 8, {
      tags: { [EXTRA]: [0, 0, 0] },
    }),
    "tiff-rgb16": of(deep(3), 3, 2, 16),
    "tiff-rgb16-big-endian": of(deep(3), 3, 2, 16, { bigEndian: true }),
    "tiff-rgba16": of(deep(4), 4, 2, 16, { tags: { [EXTRA]: [2] } }),
    "tiff-grey": of(grey(), 1, 1),
    "tiff-grey-icc": of(grey(), 1, 1, 8, { icc: profile("GRAY") }),
    "tiff-white-is-zero": of(grey(), 1, 0),
    "tiff-grey-alpha": of(joined([grey(), 1], [alpha(), 1]), 2, 1, 8, { tags: { [EXTRA]: [2] } }),
    ...(await each("tiff-grey-bits", [1, 2, 4], (bits) => packed(bits, 1))),
    ...(await each("tiff-white-is-zero-bits", [1, 2, 4], (bits) => packed(bits, 0))),
    "tiff-fill-order": of(
      grey().map((v) => v >> 7),
      1,
      1,
      1,
      { tags: { 266: [2] } },
    ),
    "tiff-grey16": { bytes: of(deep(1), 1, 1, 16), isDeepGrey: true },
    "tiff-grey16-big-endian": { bytes: of(deep(1), 1, 1, 16, { bigEndian: true }), isDeepGrey: true },
    "tiff-float": tiff({
      photometric: 1,
      bits: 32,
      samples: 1,
      strips: [words(floats, "writeFloatLE")],
      tags: { 339: [3] },
    }),
    "tiff-int32": tiff({
      photometric: 1,
      bits: 32,
      samples: 1,
      strips: [words(floats.map(Math.round), "writeInt32LE")],
      tags: { 339: [2] },
    }),
    "tiff-palette": of(indices(256), 1, 3, 8, { tags: { [COLOURS]: map(256) } }),
    ...(await each("tiff-palette-bits", [1, 2, 4], (bits) =>
      of(indices(2 ** bits), 1, 3, bits, { tags: { [COLOURS]: map(2 ** bits) } }),
    )),
    "tiff-cmyk": of(cmyk(), 4, 5),
    "tiff-cmyk-icc": of(cmyk(), 4, 5, 8, { icc: profile() }),
    "tiff-cmyk-extra": of(joined([cmyk(), 4], [alpha(), 1]), 5, 5, 8, { tags: { [EXTRA]: [0] } }),
    "tiff-cmyk16": of(deep(4), 4, 5, 16),
    "tiff-cmyk16-big-endian": of(deep(4), 4, 5, 16, { bigEndian: true }),
    "tiff-cmyk-turned": of(cmyk(), 4, 5, 8, { tags: { 274: [6] } }),
    "tiff-inks": { bytes: of(cmyk(), 4, 5, 8, { tags: { 332: [2] } }), refused: /of inks that are not CMYK/ },
    "tiff-signed": {
      bytes: of(grey(), 1, 1, 8, { tags: { 339: [2] } }),
      refused: /signed numbers of less than 32 bits/,
    },
    "tiff-signed16": {
      bytes: of(deep(1), 1, 1, 16, { tags: { 339: [2] } }),
      refused: /signed numbers of less than 32 bits/,
    },
    "tiff-lab": { bytes: of(rgb(), 3, 8), refused: /in the Lab colour space/ },
    "tiff-ycbcr": {
      bytes: of(rgb(), 3, 6, 8, { tags: { 530: [1, 1] } }),
      refused: /YCbCr samples without JPEG/,
    },
    ...(await each("tiff", ["lzw", "deflate", "packbits", "jpeg"], (compression) =>
      compressed({ compression, quality: 90 }),
    )),
    "tiff-predictor": await compressed({ compression: "lzw", predictor: "horizontal" }),
    "tiff-tiles": await compressed({ compression: "deflate", tile: true, tileWidth: 16, tileHeight: 16 }),
    "tiff-fax": await raw(grey(), 1)
      .toColourspace("b-w")
      .tiff({ compression: "ccittfax4", bitdepth: 1 })
      .toBuffer(),
    "tiff-truncated": tiff(RGB).subarray(0, 400),
    "tiff-palette-truncated": of(indices(256), 1, 3, 8, { tags: { [COLOURS]: map(256) } }).subarray(0, -700),
  };
}
