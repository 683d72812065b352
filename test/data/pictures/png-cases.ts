import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { each, ORIENTATIONS, type PictureCases } from "./case.js";
import { exif, profile } from "./metadata.js";
import { apng, chunk, png } from "./png.js";
import { alpha, deep, grey, indices, joined, palette, rgb } from "./samples.js";

const u16 = (...values: number[]) => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));
const icc = (space?: string) =>
  chunk(
    "iCCP",
    Buffer.concat([Buffer.from("wide\0\0", "latin1"), deflateSync(profile(space), { level: 0 })]),
  );
const colours = (count: number) => chunk("PLTE", Uint8Array.from(palette(count)));
const alphas = chunk(
  "tRNS",
  Uint8Array.from({ length: 29 }, (_, i) => (i * 50) % 256),
);

export async function pngCases(): Promise<PictureCases> {
  const plain = png(rgb(), 2);
  const rgba = joined([rgb(), 3], [alpha(), 1]);
  const greyAlpha = joined([grey(), 1], [alpha(), 1]);
  const small = (bits: number) => grey().map((value) => value >> (8 - bits));
  return {
    "png-rgb": plain,
    "png-rgba": png(rgba, 6),
    "png-grey": png(grey(), 0),
    "png-grey-alpha": png(greyAlpha, 4),
    "png-interlaced": await sharp(plain).png({ progressive: true, adaptiveFiltering: true }).toBuffer(),
    ...(await each("png-grey-bits", [1, 2, 4], (bits) => png(small(bits), 0, bits))),
    ...(await each("png-palette-bits", [1, 2, 4], (bits) =>
      png(indices(2 ** bits), 3, bits, [colours(2 ** bits)]),
    )),
    "png-palette": png(indices(200), 3, 8, [colours(200)]),
    "png-palette-trns": png(indices(29), 3, 8, [colours(29), alphas]),
    "png-palette-trns-one": png(indices(29), 3, 8, [
      colours(29),
      chunk("tRNS", Uint8Array.of(255, 255, 255, 0)),
    ]),
    "png-palette-icc": png(indices(29), 3, 8, [icc(), colours(29)]),
    "png-grey-trns": png(grey(), 0, 8, [chunk("tRNS", u16(grey()[0] as number))]),
    "png-rgb-trns": png(rgb(), 2, 8, [chunk("tRNS", u16(...rgb().slice(0, 3)))]),
    "png-rgb16": png(deep(3), 2, 16),
    "png-rgb16-trns": png(deep(3), 2, 16, [chunk("tRNS", u16(...deep(3).slice(0, 3)))]),
    "png-rgba16": png(deep(4), 6, 16),
    "png-rgb16-icc": png(deep(3), 2, 16, [icc()]),
    "png-grey-alpha16": png(deep(2), 4, 16),
    "png-grey16": { bytes: png(deep(1), 0, 16), isDeepGrey: true },
    "png-grey16-trns": {
      bytes: png(deep(1), 0, 16, [chunk("tRNS", u16(deep(1)[0] as number))]),
      isDeepGrey: true,
    },
    "png-grey16-icc": { bytes: png(deep(1), 0, 16, [icc("GRAY")]), isDeepGrey: true },
    "png-gamma": png(rgb(), 2, 8, [chunk("gAMA", Uint8Array.of(0, 1, 0x86, 0xa0))]),
    "png-srgb": png(rgb(), 2, 8, [chunk("sRGB", Uint8Array.of(0))]),
    "png-cicp": png(rgb(), 2, 8, [chunk("cICP", Uint8Array.of(9, 16, 0, 1))]),
    "png-sbit": png(rgb(), 2, 8, [chunk("sBIT", Uint8Array.of(5, 6, 5))]),
    "png-background": png(rgba, 6, 8, [chunk("bKGD", u16(255, 0, 0))]),
    "png-icc": png(rgb(), 2, 8, [icc()]),
    "png-icc-alpha": png(rgba, 6, 8, [icc()]),
    "png-icc-grey": png(grey(), 0, 8, [icc("GRAY")]),
    "png-icc-broken": png(rgb(), 2, 8, [
      chunk(
        "iCCP",
        Buffer.concat([Buffer.from("no\0\0", "latin1"), deflateSync(Buffer.from("not a profile"))]),
      ),
    ]),
    ...(await each("png-exif", ORIENTATIONS, (o) => png(rgb(), 2, 8, [chunk("eXIf", exif(o, o % 2 === 0))]))),
    "png-exif-behind": png(rgb(), 2, 8, [], [chunk("tEXt", "a\0b"), chunk("eXIf", exif(6))]),
    "png-without-end": plain.subarray(0, -12),
    "png-animated": apng([rgb(), rgb(1)], true),
    "png-animated-apart": apng([rgb(), rgb(1)], false),
    "png-garbage-after": Buffer.concat([plain, Buffer.from("garbage")]),
    "png-truncated": plain.subarray(0, plain.length >> 1),
    "png-damaged": Buffer.from(Uint8Array.from(plain)).fill(0x55, 60, 61),
  };
}
