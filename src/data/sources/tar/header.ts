import { textOf } from "../utf8.js";

/** Length of a block, and of a header, bytes. */
export const BLOCK = 512;

/** What a member is, as far as listing cares. */
export type MemberKind =
  | "file"
  | "directory"
  | "link"
  | "device"
  | "sparse"
  | "long name"
  | "pax"
  | "remark"
  | "other";

/** One header of ustar, GNU, pax or the tar before them. */
export interface Header {
  readonly name: string;
  /** Bytes of contents that follow, before padding. */
  readonly size: number;
  readonly kind: MemberKind;
  /** Whether blocks of a sparse map follow before the contents. */
  readonly isExtended: boolean;
}

const KINDS: Readonly<Record<string, MemberKind>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "link",
  "2": "link",
  "3": "device",
  "4": "device",
  "6": "device",
  "5": "directory",
  D: "directory",
  S: "sparse",
  L: "long name",
  x: "pax",
  X: "pax",
  // Labels of volumes, headers for all members, long names of links.
  V: "remark",
  g: "remark",
  K: "remark",
  N: "remark",
};

/** Whether a block is nothing but zeros: two of them end an archive. */
export function isZero(block: Buffer): boolean {
  for (let i = 0; i < BLOCK; i += 4) if (block.readInt32LE(i) !== 0) return false;
  return true;
}

/** Reads a header of 512 bytes; null when it is none (its checksum is wrong, or its size is no number). */
export function parseHeader(block: Buffer): Header | null {
  if (!hasChecksum(block)) return null;
  const size = numberAt(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) return null;
  const letter = String.fromCharCode(block[156] as number);
  const kind = KINDS[letter] ?? "other";
  // Links say how large what they lead to is.
  const isEmpty = letter === "5" || kind === "link" || kind === "device";
  return {
    name: nameOf(block),
    size: isEmpty ? 0 : size,
    kind,
    isExtended: kind === "sparse" && block[482] === 1,
  };
}

/** The records of a pax header: "LENGTH KEY=VALUE\n", where values may hold line ends. Malformed ones end the list. */
export function parsePax(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = Number(bytes.toString("latin1", at, Math.max(at, space)));
    if (space < 0 || !Number.isInteger(length) || length <= 0 || at + length > bytes.length) break;
    const equals = bytes.indexOf(61, space);
    if (equals < 0 || equals >= at + length) break;
    records.set(
      bytes.toString("latin1", space + 1, equals),
      textUpToZero(bytes.subarray(equals + 1, at + length - 1)),
    );
    at += length;
  }
  return records;
}

/** Text up to the first zero byte. */
export function textUpToZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return textOf(end < 0 ? bytes : bytes.subarray(0, end));
}

function nameOf(block: Buffer): string {
  const name = textUpToZero(block.subarray(0, 100));
  // GNU writes "ustar  " and keeps times where ustar has the folders of a long name.
  if (block[345] === 0 || block.toString("latin1", 257, 263) !== "ustar\0") return name;
  return `${textUpToZero(block.subarray(345, 500))}/${name}`;
}

function hasChecksum(block: Buffer): boolean {
  const stored = numberAt(block, 148, 8);
  let sum = sumOf(block) + 8 * 32; // the checksum's own field counts as spaces
  for (let i = 148; i < 156; i++) sum -= block[i] as number;
  if (stored === sum) return true;
  // Some old programs summed signed bytes.
  for (let i = 0; i < BLOCK; i++) if ((block[i] as number) > 127 && (i < 148 || i > 155)) sum -= 256;
  return stored === sum;
}

/** Sum of the bytes, four at a time: two halves of a number hold two sums each, which stay below 2^16. */
function sumOf(block: Buffer): number {
  if (block.byteOffset % 4 !== 0) return block.reduce((sum, byte) => sum + byte, 0);
  const words = new Int32Array(block.buffer, block.byteOffset, BLOCK / 4);
  let sums = 0;
  for (let i = 0; i < BLOCK / 4; i++) {
    const word = words[i] as number;
    sums += (word & 0xff00ff) + ((word >>> 8) & 0xff00ff);
  }
  return (sums % 0x10000) + Math.floor(sums / 0x10000);
}

/** A number in octal digits, or in base 256 where the first bit is set; NaN when it is neither. */
function numberAt(block: Buffer, start: number, length: number): number {
  if ((block[start] as number) & 0x80) {
    let value = (block[start] as number) & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + (block[start + i] as number);
    return value;
  }
  let [value, digits] = [0, 0];
  for (let i = start; i < start + length; i++) {
    const digit = (block[i] as number) - 48;
    if (digit >= 0 && digit < 8) {
      value = value * 8 + digit;
      digits++;
    } else if (block[i] !== 32 || digits > 0) break;
  }
  return digits === 0 ? (block[start] === 0 ? 0 : Number.NaN) : value;
}
