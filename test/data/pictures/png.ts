import { crc32, deflateSync } from "node:zlib";
import { HEIGHT, rows, WIDTH } from "./samples.js";

const SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function chunk(type: string, data: Uint8Array | string): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), Buffer.from(data as Uint8Array)]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(body.length - 4);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** Lines without filters, stored rather than compressed: no zlib's choices are in the bytes. */
export const imageData = (samples: readonly number[], perRow: number, depth: number): Buffer => {
  const lines = rows(samples, perRow, depth);
  const size = lines.length / HEIGHT;
  const filtered = Array.from({ length: HEIGHT }, (_, y) => [
    Buffer.from([0]),
    lines.subarray(y * size, (y + 1) * size),
  ]);
  return deflateSync(Buffer.concat(filtered.flat()), { level: 0 });
};

/**
 * A PNG file. `colour`: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha; `before` and `after`: chunks around the
 * image data.
 */
export function png(
  samples: readonly number[],
  colour: number,
  depth = 8,
  before: readonly Buffer[] = [],
  after: readonly Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header[8] = depth;
  header[9] = colour;
  const data = imageData(samples, WIDTH * (CHANNELS[colour] as number), depth);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    ...before,
    chunk("IDAT", data),
    ...after,
    chunk("IEND", ""),
  ]);
}

/** An animation of two pictures; `isFirst`: the image data are its first frame, rather than a picture of their own. */
export function apng(pictures: readonly (readonly number[])[], isFirst: boolean): Buffer {
  let sequence = 0;
  const u32 = (...values: number[]) => {
    const out = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) out.writeUInt32BE(value, 4 * i);
    return out;
  };
  const control = () =>
    chunk("fcTL", Buffer.concat([u32(sequence++, WIDTH, HEIGHT, 0, 0), Buffer.from([0, 1, 0, 10, 0, 0])]));
  const [first = [], ...others] = pictures;
  const before = [chunk("acTL", u32(others.length + Number(isFirst), 0)), ...(isFirst ? [control()] : [])];
  const after = others.flatMap((picture) => {
    const place = control();
    return [place, chunk("fdAT", Buffer.concat([u32(sequence++), imageData(picture, 3 * WIDTH, 8)]))];
  });
  return png(first, 2, 8, before, after);
}
