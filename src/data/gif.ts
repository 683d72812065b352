import { tooLarge } from "./damage.js";
import type { DecodedImage } from "./types.js";

/** The first frame of a GIF, before its pixels are unpacked. */
interface Frame {
  /** Of the whole picture, which is larger where a frame exceeds what the header says. */
  width: number;
  height: number;
  /** Place of the frame in it. */
  box: { left: number; top: number; width: number; height: number };
  isInterlaced: boolean;
  /** RGB of each index. */
  palette: Uint8Array;
  /** Index that surrounds the frame. */
  fill: number;
  codeSize: number;
  /** LZW codes. */
  data: Uint8Array;
}

/**
 * The first frame of a GIF as Pillow reads it, not as a viewer paints it, which is what sharp gives: a transparent pixel
 * has its palette's colour, and so has what is around a frame smaller than the picture (the transparent index, else 0).
 *
 * @param pixelLimit the most pixels that it may have
 * @throws Error with a reason when it is damaged, ends early or is too large
 */
export function decodeGif(bytes: Uint8Array, pixelLimit: number): DecodedImage {
  const { width, height, box, isInterlaced, palette, fill, codeSize, data } = firstFrame(bytes);
  if (box.width * box.height === 0) throw new Error("the GIF holds no picture");
  if (width * height > pixelLimit) throw new Error(tooLarge(pixelLimit));
  const indices = unpack(data, codeSize, box.width * box.height);
  const pixels = new Uint8Array(width * height * 3);
  const paint = (index: number, at: number) => {
    for (let c = 0; c < 3; c++) pixels[at + c] = palette[index * 3 + c] as number;
  };
  for (let at = 0; at < pixels.length; at += 3) paint(fill, at);
  const rows = isInterlaced
    ? interlacedRows(box.height)
    : Array.from({ length: box.height }, (_, row) => row);
  for (const [n, row] of rows.entries()) {
    const start = ((box.top + row) * width + box.left) * 3;
    for (let x = 0; x < box.width; x++) paint(indices[n * box.width + x] as number, start + x * 3);
  }
  return { width, height, pixels };
}

const interlacedRows = (height: number) =>
  [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ].flatMap(([first = 0, step = 1]) => {
    return Array.from(
      { length: Math.max(0, Math.ceil((height - first) / step)) },
      (_, i) => first + i * step,
    );
  });

/** Bytes in turn. */
class Reader {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  take(length: number): Uint8Array {
    if (this.#at + length > this.bytes.length) throw new Error("the GIF data end early");
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }
  byte(): number {
    return this.take(1)[0] as number;
  }
  /** Sub-blocks up to the empty one that ends them. */
  blocks(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let size = this.byte(); size > 0; size = this.byte()) found.push(this.take(size));
    return found;
  }
}

const u16 = (bytes: Uint8Array, at: number) => (bytes[at] as number) | ((bytes[at + 1] as number) << 8);

function firstFrame(bytes: Uint8Array): Frame {
  const reader = new Reader(bytes);
  const screen = reader.take(13);
  let palette = paletteOf(reader, screen[10] as number);
  let transparent: number | null = null;
  for (let kind = reader.byte(); ; kind = reader.byte()) {
    if (kind === 0x3b) throw new Error("the GIF holds no picture");
    if (kind === 0x21) {
      const isControl = reader.byte() === 0xf9;
      const [control] = reader.blocks();
      if (isControl && control !== undefined && ((control[0] ?? 0) & 1) === 1) transparent = control[3] ?? 0;
    } else if (kind === 0x2c) {
      const place = reader.take(9);
      const [left, top, width, height] = [0, 2, 4, 6].map((at) => u16(place, at)) as [
        number,
        number,
        number,
        number,
      ];
      const flags = place[8] as number;
      palette = paletteOf(reader, flags) ?? palette;
      const codeSize = reader.byte();
      return {
        width: Math.max(u16(screen, 6), left + width),
        height: Math.max(u16(screen, 8), top + height),
        box: { left, top, width, height },
        isInterlaced: (flags & 0x40) !== 0,
        palette: palette ?? GREYS,
        fill: transparent ?? 0,
        codeSize,
        data: Buffer.concat(reader.blocks()),
      };
    }
  }
}

const GREYS = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));

/** The colour table that the flags announce, black beyond its end; null if there is none. */
function paletteOf(reader: Reader, flags: number): Uint8Array | null {
  if ((flags & 0x80) === 0) return null;
  const colours = reader.take(3 << ((flags & 7) + 1));
  if (colours.every((level, i) => level === GREYS[i])) return GREYS;
  const palette = new Uint8Array(768);
  palette.set(colours);
  return palette;
}

/** Unpacks LZW codes into `count` indices. Throws when there are fewer, or a code that cannot be. */
function unpack(data: Uint8Array, codeSize: number, count: number): Uint8Array {
  if (codeSize < 1 || codeSize > 8) throw new Error("the GIF data are damaged (code size)");
  const [clear, end] = [1 << codeSize, (1 << codeSize) + 1];
  const prefixes = new Uint16Array(4096);
  const lasts = new Uint8Array(4096);
  const lengths = new Uint16Array(4096).fill(1);
  for (let code = 0; code < clear; code++) lasts[code] = code;
  const indices = new Uint8Array(count);
  let [next, width, previous, written, buffer, bits, at] = [end + 1, codeSize + 1, -1, 0, 0, 0, 0];
  while (written < count) {
    while (bits < width) {
      if (at === data.length) throw new Error("the GIF data end early");
      buffer |= (data[at++] as number) << bits;
      bits += 8;
    }
    const code = buffer & ((1 << width) - 1);
    buffer >>>= width;
    bits -= width;
    if (code === end) throw new Error("the GIF data end early");
    if (code === clear) {
      [next, width, previous] = [end + 1, codeSize + 1, -1];
      continue;
    }
    if (code > next || (code === next && previous < 0) || (previous < 0 && code > end))
      throw new Error("the GIF data are damaged (impossible code)");
    // A code that is about to be made is the previous one and its own first index.
    const known = code < next ? code : previous;
    const length = (lengths[known] as number) + (code < next ? 0 : 1);
    let first = known;
    let place = written + (lengths[known] as number) - 1;
    for (; first > end; first = prefixes[first] as number, place--)
      if (place < count) indices[place] = lasts[first] as number;
    if (place < count) indices[place] = first;
    if (code === next && written + length - 1 < count) indices[written + length - 1] = first;
    written += length;
    if (previous >= 0 && next < 4096) {
      prefixes[next] = previous;
      lasts[next] = first;
      lengths[next] = (lengths[previous] as number) + 1;
      next++;
      if (next === 1 << width && width < 12) width++;
    }
    previous = code;
  }
  return indices;
}
