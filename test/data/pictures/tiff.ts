import { HEIGHT, WIDTH } from "./samples.js";

export interface TiffOptions {
  photometric: number;
  bits: number;
  samples: number;
  /** Contents of the strips or tiles. */
  strips: readonly Buffer[];
  /** More tags: number, then values of 16 bits. */
  tags?: Readonly<Record<number, readonly number[]>>;
  tile?: readonly [width: number, height: number];
  bigEndian?: boolean;
  /** BigTIFF. */
  big?: boolean;
  icc?: Buffer;
  pages?: number;
}

/** A TIFF file by hand; strips have all rows, or for planes all rows of one channel. */
export function tiff(options: TiffOptions): Buffer {
  const { photometric, bits, samples, strips, tile, bigEndian = false, big = false, icc } = options;
  const number = (value: number, size: number) => {
    const out = Buffer.alloc(size);
    if (size === 8) out[bigEndian ? "writeBigUInt64BE" : "writeBigUInt64LE"](BigInt(value));
    else out[bigEndian ? "writeUIntBE" : "writeUIntLE"](value, 0, size);
    return out;
  };
  const [word, head] = big ? [8, 16] : [4, 8];
  const starts = strips.map((_, i) =>
    strips.slice(0, i).reduce((sum, { length }) => sum + length + (length & 1), head),
  );
  const pixels = Buffer.concat(strips.flatMap((strip) => [strip, Buffer.alloc(strip.length & 1)]));
  const short = (values: readonly number[]) => ({ type: 3, size: 2, values });
  const long = (values: readonly number[]) => ({ type: 4, size: 4, values });
  const tags: Record<number, { type: number; size: number; values: readonly number[] }> = {
    256: short([WIDTH]),
    257: short([HEIGHT]),
    258: short(Array(samples).fill(bits)),
    259: short([1]),
    262: short([photometric]),
    277: short([samples]),
    [tile ? 324 : 273]: long(starts),
    [tile ? 325 : 279]: long(strips.map(({ length }) => length)),
  };
  if (tile) Object.assign(tags, { 322: short([tile[0]]), 323: short([tile[1]]) });
  else tags[278] = short([HEIGHT]);
  for (const [tag, values] of Object.entries(options.tags ?? {})) tags[Number(tag)] = short(values);
  if (icc) tags[34675] = { type: 7, size: 1, values: [...icc] };

  // The directory, then values that have no room in it.
  const at = head + pixels.length;
  const names = Object.keys(tags).map(Number);
  const first = big ? 8 : 2;
  const entrySize = 4 + 2 * word;
  let free = at + first + entrySize * names.length + word;
  const entries: Buffer[] = [number(names.length, first)];
  const extra: Buffer[] = [];
  for (const name of names) {
    const { type, size, values } = tags[name] as (typeof tags)[number];
    const content = Buffer.concat(values.map((value) => number(value, size)));
    entries.push(number(name, 2), number(type, 2), number(values.length, word));
    if (content.length <= word) entries.push(Buffer.concat([content, Buffer.alloc(word - content.length)]));
    else {
      entries.push(number(free, word));
      const padded = Buffer.concat([content, Buffer.alloc(content.length & 1)]);
      extra.push(padded);
      free += padded.length;
    }
  }
  const order = Buffer.from(bigEndian ? "MM" : "II");
  const header = big
    ? [order, number(43, 2), number(8, 2), number(0, 2), number(at, 8)]
    : [order, number(42, 2), number(at, 4)];
  return Buffer.concat([...header, pixels, ...entries, number(0, word), ...extra]);
}
