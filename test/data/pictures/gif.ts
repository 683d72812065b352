import { HEIGHT, WIDTH } from "./samples.js";

/** LZW codes of indices, in sub-blocks with the empty one at the end. */
export function lzw(indices: readonly number[], codeSize: number): Buffer {
  const [clear, end] = [1 << codeSize, (1 << codeSize) + 1];
  const bits: number[] = [];
  let [width, next] = [codeSize + 1, end + 1];
  let table = new Map<string, number>();
  const put = (code: number) => {
    for (let i = 0; i < width; i++) bits.push((code >> i) & 1);
  };
  const codeOf = (text: string) => (text.includes(",") ? (table.get(text) as number) : Number(text));
  put(clear);
  let current = "";
  for (const index of indices) {
    const longer = current === "" ? `${index}` : `${current},${index}`;
    if (current === "" || table.has(longer)) {
      current = longer;
      continue;
    }
    put(codeOf(current));
    if (next < 4096) {
      table.set(longer, next++);
      if (next > 1 << width && width < 12) width++;
    } else {
      put(clear);
      [width, next, table] = [codeSize + 1, end + 1, new Map()];
    }
    current = `${index}`;
  }
  if (current !== "") put(codeOf(current));
  put(end);
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3] = (bytes[i >> 3] as number) | (bit << (i & 7));
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.subarray(at, at + 255);
    blocks.push(Buffer.from([block.length]), block);
  }
  return Buffer.concat([...blocks, Buffer.from([0])]);
}

export interface GifFrame {
  indices: readonly number[];
  box?: readonly [left: number, top: number, width: number, height: number];
  palette?: readonly number[];
  transparent?: number;
  isInterlaced?: boolean;
  codeSize?: number;
}

/** A GIF file by hand. `palette`: the global one, RGB of 2, 4, …, 256 colours. */
export function gif(
  frames: readonly GifFrame[],
  palette: readonly number[] | null,
  { background = 0, size = [WIDTH, HEIGHT] as readonly number[] } = {},
): Buffer {
  const u16 = (value: number) => [value & 255, value >> 8];
  const flags = (colours: readonly number[] | null | undefined) =>
    colours ? 0x80 | (Math.log2(colours.length / 3) - 1) : 0;
  const parts: Buffer[] = [
    Buffer.from("GIF89a"),
    Buffer.from([...size.flatMap(u16), flags(palette), background, 0, ...(palette ?? [])]),
  ];
  for (const { indices, box = [0, 0, WIDTH, HEIGHT], transparent, codeSize = 8, ...frame } of frames) {
    if (transparent !== undefined) parts.push(Buffer.from([0x21, 0xf9, 4, 1, 10, 0, transparent, 0]));
    const interlaced = frame.isInterlaced ? 0x40 : 0;
    parts.push(
      Buffer.from([0x2c, ...box.flatMap(u16), flags(frame.palette) | interlaced, ...(frame.palette ?? [])]),
      Buffer.from([codeSize]),
      lzw(indices, codeSize),
    );
  }
  return Buffer.concat([...parts, Buffer.from([0x3b])]);
}
