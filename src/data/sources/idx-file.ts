import { SslMemError } from "../../errors.js";
import { AGAIN, emptySource } from "./empty-source.js";

/** Types of IDX values by the third byte of the file: name and bytes of each. */
const TYPES: Readonly<Record<number, readonly [string, number]>> = {
  8: ["uint8", 1],
  9: ["int8", 1],
  11: ["int16", 2],
  12: ["int32", 4],
  13: ["float32", 4],
  14: ["float64", 8],
};

/** What an IDX file says about itself. */
export interface IdxHeader {
  /** Third byte. */
  readonly type: number;
  readonly sizes: readonly number[];
  /** Bytes before the values. */
  readonly length: number;
}

/** What a file has to be: uint8 of so many dimensions. */
export interface IdxKind {
  readonly dimensions: number;
  readonly words: string;
}

export const IDX_IMAGES: IdxKind = { dimensions: 3, words: "grey images (uint8, 3 dimensions)" };
export const IDX_LABELS: IdxKind = { dimensions: 1, words: "labels (uint8, 1 dimension)" };

/** Reads the header; null when the bytes do not begin as an IDX file does. */
export function idxHeader(bytes: Buffer): IdxHeader | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0) return null;
  const [type, dimensions] = [bytes[2] as number, bytes[3] as number];
  const length = 4 + 4 * dimensions;
  if (TYPES[type] === undefined || dimensions === 0 || bytes.length < length) return null;
  const sizes = Array.from({ length: dimensions }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  return { type, sizes, length };
}

/** Throws SslMemError DATA unless a file of `size` bytes (unpacked) is of the kind, and whole. */
export function checkIdx(header: IdxHeader | null, kind: IdxKind, size: number, path: string): void {
  if (header === null) {
    throw new SslMemError(
      "DATA",
      `Expected an IDX file of ${kind.words} at ${path} but its header is another.`,
    );
  }
  const [type] = TYPES[header.type] as readonly [string, number];
  if (type !== "uint8" || header.sizes.length !== kind.dimensions) {
    throw new SslMemError(
      "DATA",
      `Expected an IDX file of ${kind.words} at ${path} but it holds ${type} of ${header.sizes.length} dimensions (${header.sizes.join(" × ")}).`,
      header.sizes.length === 4
        ? "write its images as files (PNG) and give their folder"
        : "convert it to uint8 with NumPy",
    );
  }
  const expected = header.length + header.sizes.reduce((product, side) => product * side, 1);
  if (size === expected && header.sizes[0] === 0)
    throw emptySource(path, `its header says ${header.sizes.join(" × ")} values`, AGAIN);
  if (size !== expected || header.sizes.includes(0))
    throw new SslMemError(
      "DATA",
      `Expected ${expected} bytes for ${header.sizes.join(" × ")} values in ${path} but it has ${size}.`,
      "copy or download the file again",
    );
}
