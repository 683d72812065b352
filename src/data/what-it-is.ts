import { brands, has, IMAGE_FORMATS, imageFormat } from "./formats.js";

/** What files begin with, and what those are. Latin-1. */
const BEGINNINGS: readonly (readonly [begin: string, what: string, offset?: number])[] = [
  ["version https://git-lfs.github.com/spec/", "a Git LFS pointer (git lfs pull fetches the file)"],
  ["\x1f\x8b", "gzip data (gunzip unpacks it)"],
  ["PK\x03\x04", "a ZIP archive (unzip unpacks it)"],
  ["PK\x05\x06", "an empty ZIP archive"],
  ["ustar", "a tar archive (tar xf unpacks it)", 257],
  ["BZh", "bzip2 data (bunzip2 unpacks it)"],
  ["\xfd7zXZ\0", "xz data (unxz unpacks it)"],
  ["\x28\xb5\x2f\xfd", "Zstandard data (unzstd unpacks it)"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive (7z x unpacks it)"],
  ["Rar!\x1a\x07", "a RAR archive (unrar x unpacks it)"],
  ["%PDF-", "a PDF document"],
  ["%!PS", "a PostScript document"],
  ["\0\x05\x16\x07", "a macOS companion file (AppleDouble), not the file that it accompanies"],
  ["\0\0\0\x0cjP  \r\n", "a JPEG 2000 image"],
  ["\xff\x4f\xff\x51", "a JPEG 2000 image"],
  ["\0\0\0\x0cJXL ", "a JPEG XL image"],
  ["\xff\x0a", "a JPEG XL image"],
  ["II\xbc", "a JPEG XR image"],
  ["8BPS", "a Photoshop document"],
  ["\x76\x2f\x31\x01", "an OpenEXR image"],
  ["#?RADIANCE", "a Radiance image"],
  ["DDS ", "a DDS texture"],
  ["qoif", "a QOI image"],
  ["\0\0\x01\0", "an icon (ICO)"],
  ["SIMPLE  =", "a FITS image"],
  ["DICM", "a DICOM image", 128],
  ["\x93NUMPY", "a NumPy array"],
  ["\x89HDF\r\n\x1a\n", "an HDF5 file"],
  ["PAR1", "a Parquet table"],
  ["SQLite format 3\0", "a SQLite database"],
  ["\x7fELF", "a program"],
  ["OggS", "an Ogg recording"],
  ["ID3", "an MP3 recording"],
  ["\x1a\x45\xdf\xa3", "a Matroska or WebM video"],
  ["WAVE", "a WAVE recording", 8],
  ["AVI ", "an AVI video", 8],
];

const HEIC_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);

/**
 * What a file is, by its first bytes: completes "it is …". For messages about a file that is not what was expected, so
 * it names the kinds that are mistaken for images and weights.
 *
 * @param bytes the file, or at least its first 512 bytes
 */
export function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return "an empty file";
  const format = imageFormat(bytes);
  if (format !== null) return `${format === "avif" ? "an" : "a"} ${IMAGE_FORMATS[format]} image`;
  for (const [begin, what, offset] of BEGINNINGS) if (has(bytes, begin, offset)) return what;
  const [brand] = brands(bytes);
  if (brand !== undefined) return HEIC_BRANDS.has(brand) ? "a HEIC image" : "a video (MP4 or QuickTime)";
  if (has(bytes, "BM") && has(bytes, "\0\0\0\0", 6)) return "a BMP image";
  if (/^P[1-7]\s/.test(latin1(bytes, 3))) return "a PNM image (PBM, PGM or PPM)";
  if (bytes[0] === 0x80 && (bytes[1] as number) >= 2 && (bytes[1] as number) <= 5) return "a Python pickle";
  if (bytes.every((byte) => byte === 0)) return "nothing but zero bytes";
  if (has(bytes, "{", 8) && has(bytes, "\0\0\0", 5)) return "a safetensors file";
  return textual(bytes) ?? "of no known kind";
}

function latin1(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, bytes.length)).toString("latin1");
}

/** What kind of text it is; null if it is not text. */
function textual(bytes: Uint8Array): string | null {
  const text = new TextDecoder().decode(bytes.subarray(0, 512)); // without the byte order mark
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell text from other bytes
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) || /\ufffd/.test(text.slice(0, -1))) return null;
  const begin = text.trimStart().toLowerCase();
  if (/<svg[\s>]/.test(begin)) return "an SVG drawing";
  if (/^<!doctype html|^<html|^<head|^<body|<html[\s>]/.test(begin)) return "an HTML page";
  if (begin.startsWith("<?xml")) return "an XML document";
  if (/^[{[]/.test(begin)) return "JSON text";
  return "text";
}
