// Writers of small valid files, for the fuzzer to damage.
import sharp from "sharp";
import { sealTarHeader } from "./damage-tar.mjs";

const raw = (width, height, channels, name) =>
  sharp(Buffer.from(Uint8Array.from({ length: width * height * channels }, (_, i) => pixelAt(i, name))), {
    raw: { width, height, channels },
  });

/** Byte i of a gradient with noise. */
const pixelAt = (i, name) => ((i * 7) % 160) + ((i * 2654435761 + name.length * 97) >>> 26);

/** Encoded images by format, a few of each. */
export async function images() {
  const exif = { IFD0: { Orientation: "6", ImageDescription: "x" } };
  return {
    jpeg: await Promise.all([
      raw(24, 17, 3, "a").jpeg().toBuffer(),
      raw(16, 16, 3, "bb").jpeg({ progressive: true, chromaSubsampling: "4:4:4" }).toBuffer(),
      raw(9, 20, 1, "ccc").jpeg().toBuffer(),
      raw(12, 12, 3, "d").withExif(exif).jpeg().toBuffer(),
      raw(12, 12, 3, "e").toColourspace("cmyk").jpeg().toBuffer(),
      raw(33, 33, 3, "f").jpeg({ optimiseCoding: true }).toBuffer(),
    ]),
    png: await Promise.all([
      raw(24, 17, 3, "a").png().toBuffer(),
      raw(16, 16, 4, "bb").png({ progressive: true }).toBuffer(),
      raw(9, 20, 1, "ccc").png().toBuffer(),
      raw(20, 20, 3, "d").png({ palette: true, colours: 7 }).toBuffer(),
      raw(8, 8, 3, "e").toColourspace("rgb16").png().toBuffer(),
      raw(12, 12, 3, "f").withExif(exif).png().toBuffer(),
    ]),
    webp: await Promise.all([
      raw(24, 17, 3, "a").webp().toBuffer(),
      raw(16, 16, 4, "bb").webp({ lossless: true }).toBuffer(),
      raw(9, 20, 4, "ccc").webp({ quality: 30, alphaQuality: 50 }).toBuffer(),
      raw(12, 12, 3, "d").withExif(exif).webp().toBuffer(),
    ]),
    gif: await Promise.all([
      raw(24, 17, 3, "a").gif().toBuffer(),
      raw(16, 16, 4, "bb").gif({ progressive: true, colours: 5 }).toBuffer(),
      raw(9, 20, 1, "ccc").gif({ colours: 2 }).toBuffer(),
    ]),
    tiff: await Promise.all([
      raw(24, 17, 3, "a").tiff({ compression: "none" }).toBuffer(),
      raw(16, 16, 3, "bb").tiff({ compression: "jpeg" }).toBuffer(),
      raw(9, 20, 1, "ccc").tiff({ compression: "lzw", predictor: "horizontal" }).toBuffer(),
      raw(12, 12, 4, "d").tiff({ compression: "deflate", bigtiff: true }).toBuffer(),
      raw(12, 12, 3, "e").toColourspace("cmyk").tiff({ compression: "none" }).toBuffer(),
      raw(40, 40, 3, "f")
        .tiff({ compression: "packbits", tile: true, tileWidth: 16, tileHeight: 16 })
        .toBuffer(),
    ]),
    avif: await Promise.all([
      raw(24, 17, 3, "a").avif({ effort: 0 }).toBuffer(),
      raw(16, 16, 4, "bb").avif({ effort: 0, lossless: true }).toBuffer(),
      raw(12, 12, 3, "d").withExif(exif).avif({ effort: 0 }).toBuffer(),
    ]),
  };
}

/** A tar file of [name, bytes] members; a long name comes as GNU's or, with `pax`, as POSIX'. */
export function tarOf(members, { pax = false } = {}) {
  const blocks = [];
  const add = (name, body, type) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100, "utf8");
    header.write("0000644\0" + "0000000\0" + "0000000\0", 100);
    header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("00000000000\0", 136);
    header.write(`${type}`, 156);
    header.write("ustar\x0000", 257);
    sealTarHeader(header, 0);
    blocks.push(header, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  };
  for (const [name, body] of members) {
    if (name.length > 99 && pax) {
      const text = ` path=${name}\n`;
      add("PaxHeader", Buffer.from(`${text.length + 3}${text}`), "x");
    } else if (name.length > 99) add("././@LongLink", Buffer.from(`${name}\0`), "L");
    add(name.slice(0, 99), Buffer.from(body), "0");
  }
  blocks.push(Buffer.alloc(1024));
  return Buffer.concat(blocks);
}

/** An IDX file of bytes: its dimensions, then as many bytes. */
export function idxOf(dimensions, body) {
  const head = Buffer.alloc(4 + 4 * dimensions.length);
  head.writeUInt32BE(0x800 + dimensions.length, 0);
  for (const [i, size] of dimensions.entries()) head.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([head, body]);
}

/** Records of bytes: each `label` bytes and then `size` others. */
export function recordsOf(count, label, size) {
  return Buffer.from(
    Uint8Array.from({ length: count * (label + size) }, (_, i) =>
      i % (label + size) < label ? Math.floor(i / (label + size)) % 10 : pixelAt(i, "r"),
    ),
  );
}

/** A safetensors file out of its header (an object) and its data. */
export function safetensorsOf(header, data) {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}
