import { has } from "../file-kinds/index.js";

/**
 * An AVIF file without its instruction to turn or mirror the picture, which libheif always follows and Pillow does not
 * (it reports it as the EXIF orientation instead): each rotation (irot) becomes one by 0°, and so does each mirroring
 * (imir), a box of the same form.
 *
 * @returns the same bytes where nothing is turned, else a copy
 */
export function unturnedAvif(bytes: Uint8Array): Uint8Array {
  const turned = ["meta", "iprp", "ipco"].reduce(
    (boxes, type) => boxes.flatMap((box) => boxesIn(bytes, box).filter((inner) => inner.type === type)),
    [{ type: "", start: 0, end: bytes.length }],
  );
  const places = turned
    .flatMap((box) => boxesIn(bytes, box))
    .filter(({ type, start, end }) => end - start === 1 && (type === "irot" || type === "imir"));
  if (places.length === 0) return bytes;
  const copy = Uint8Array.from(bytes);
  for (const { start } of places)
    copy.set(
      [..."irot\0"].map((letter) => letter.charCodeAt(0)),
      start - 4,
    );
  return copy;
}

/**
 * An AVIF animation as the still picture that it also is, which is its first frame: libvips goes by the first brand in the
 * file, and knows "avis" not.
 *
 * @returns the same bytes for a still picture, else a copy
 */
export function stillAvif(bytes: Uint8Array): Uint8Array {
  if (!has(bytes, "avis", 8)) return bytes;
  const copy = Uint8Array.from(bytes);
  copy[11] = "f".charCodeAt(0);
  return copy;
}

/** Contents of a box: bytes [start, end). */
interface Box {
  type: string;
  start: number;
  end: number;
}

/** The boxes within a box; those before a malformed one. */
function boxesIn(bytes: Uint8Array, { type, start, end }: Box): Box[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Box[] = [];
  let at = start + (type === "meta" ? 4 : 0); // its version and flags
  while (at + 8 <= end) {
    const size = view.getUint32(at);
    const isLong = size === 1 && at + 16 <= end;
    const next = size === 0 ? end : at + (isLong ? Number(view.getBigUint64(at + 8)) : size);
    const content = at + (isLong ? 16 : 8);
    if (next < content || next > end) break;
    found.push({ type: typeAt(bytes, at + 4), start: content, end: next });
    at = next;
  }
  return found;
}

function typeAt(bytes: Uint8Array, at: number): string {
  for (const type of ["meta", "iprp", "ipco", "irot", "imir"]) if (has(bytes, type, at)) return type;
  return "other";
}
