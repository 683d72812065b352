// The picture that every case shows, as samples of several kinds: gradients, hard edges of saturated colours, a wave.
export const WIDTH = 18;
export const HEIGHT = 11;

/** Values for every pixel, `channels` each. */
function perPixel(channels: number, value: (x: number, y: number) => readonly number[]): number[] {
  const all: number[] = [];
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) all.push(...value(x, y).slice(0, channels));
  return all;
}

/** RGB of 0 to 255; other seeds are other pictures. */
export function rgb(seed = 0): number[] {
  return perPixel(3, (x, y) => {
    if (x > 2 && x < 7 && y > 1 && y < 6) return [230, 20, 40];
    if (x > 8 && x < 14 && y > 4 && y < 10) return [20, 60, 220 - seed];
    return [(x * 255) / (WIDTH - 1), (y * 255) / (HEIGHT - 1), ((x * 37 + y * 59 + seed * 83) * 7) % 256].map(
      Math.round,
    );
  });
}

/** A channel that runs over all levels, transparent at its beginning. */
export const alpha = (): number[] => perPixel(1, (x, y) => [Math.min(255, (x + y * WIDTH) * 2)]);

export const grey = (): number[] => luma(rgb());
const luma = (values: number[]): number[] =>
  Array.from({ length: values.length / 3 }, (_, i) =>
    Math.round(
      0.299 * (values[3 * i] as number) +
        0.587 * (values[3 * i + 1] as number) +
        0.114 * (values[3 * i + 2] as number),
    ),
  );

export const cmyk = (): number[] =>
  perPixel(4, (x, y) => [(x * 14) % 256, (y * 23) % 256, (x * y * 5) % 256, (x * 6 + y * 9) % 256]);

/** 16-bit numbers that are no multiples of 257: what rounds where they become 8-bit shows. */
export const deep = (channels: number): number[] =>
  perPixel(channels, (x, y) => [1, 2, 3, 5].map((n) => ((x * 4099 + y * 7919) * n + n * 127) % 65536));

/** Indices below `colours`, and colours for them. */
export const indices = (colours: number): number[] => perPixel(1, (x, y) => [(x + y * 5) % colours]);
export const palette = (colours: number): number[] =>
  Array.from({ length: colours }, (_, i) => [
    (i * 97 + 30) % 256,
    (i * 53 + 200) % 256,
    (i * 29) % 256,
  ]).flat();

/** Channels of several pictures side by side in each pixel. */
export function joined(...parts: readonly (readonly [samples: number[], channels: number])[]): number[] {
  const pixels = (parts[0]?.[0].length ?? 0) / (parts[0]?.[1] ?? 1);
  const all: number[] = [];
  for (let i = 0; i < pixels; i++)
    for (const [samples, channels] of parts) all.push(...samples.slice(i * channels, (i + 1) * channels));
  return all;
}

/** Rows of samples as bytes: `bits` each, the first in the highest bits; rows begin at whole bytes. */
export function rows(samples: readonly number[], perRow: number, bits: number, littleEndian = false): Buffer {
  const out: Buffer[] = [];
  for (let start = 0; start < samples.length; start += perRow) {
    const row = Buffer.alloc(Math.ceil((perRow * bits) / 8));
    for (const [i, value] of samples.slice(start, start + perRow).entries()) {
      if (bits === 16) row[littleEndian ? "writeUInt16LE" : "writeUInt16BE"](value, 2 * i);
      else row[(i * bits) >> 3] = (row[(i * bits) >> 3] as number) | (value << (8 - bits - ((i * bits) & 7)));
    }
    out.push(row);
  }
  return Buffer.concat(out);
}
