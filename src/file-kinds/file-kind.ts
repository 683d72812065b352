import { basename } from "node:path";
import { brands, has, IMAGE_FORMATS, type ImageFormat, imageFormat } from "./formats.js";

/** Bytes of a file's beginning that tell its kind. */
export const HEAD_BYTES = 4096;

/** A file's first HEAD_BYTES bytes, or all of it, and its name, "" where that is not known. */
type Test = (head: Buffer, name: string) => boolean;

const begins =
  (text: string, at = 0): Test =>
  (head) =>
    has(head, text, at);
const holds =
  (pattern: RegExp): Test =>
  (head) =>
    pattern.test(head.toString("latin1"));
const named =
  (pattern: RegExp): Test =>
  (_, name) =>
    pattern.test(name);
const both =
  (...tests: Test[]): Test =>
  (head, name) =>
    tests.every((test) => test(head, name));
const either =
  (...tests: Test[]): Test =>
  (head, name) =>
    tests.some((test) => test(head, name));
const image =
  (format: ImageFormat): Test =>
  (head) =>
    imageFormat(head) === format;

const HEIC_BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);
const isZip = begins("PK\x03\x04");
/** The second byte is the pickle protocol. */
const isPickle: Test = (head) => head[0] === 0x80 && (head[1] as number) >= 2 && (head[1] as number) <= 5;
/** PyTorch's files of before 1.6 begin with this number, pickled. */
const TORCH_NUMBER = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
const isMarkup = (tag: RegExp): Test => {
  return (head) => {
    const begin = head.toString("latin1", 0, 512).replace("\xef\xbb\xbf", "").trimStart();
    return begin.startsWith("<") && tag.test(begin);
  };
};

/**
 * What files are that are mistaken for images, data sets and weights: what each is called, with its article, and how it is
 * told. The first that holds counts: what files begin with, then their names, then kinds of text.
 */
const KINDS = {
  empty: ["an empty file", (head) => head.length === 0],
  jpeg: [`a ${IMAGE_FORMATS.jpeg} image`, image("jpeg")],
  png: [`a ${IMAGE_FORMATS.png} image`, image("png")],
  webp: [`a ${IMAGE_FORMATS.webp} image`, image("webp")],
  gif: [`a ${IMAGE_FORMATS.gif} image`, image("gif")],
  tiff: [`a ${IMAGE_FORMATS.tiff} image`, image("tiff")],
  avif: [`an ${IMAGE_FORMATS.avif} image`, image("avif")],
  lfs: ["a Git LFS pointer", begins("version https://git-lfs")],
  gzip: ["a gzip file", begins("\x1f\x8b")],
  zstandard: ["a Zstandard file", begins("\x28\xb5\x2f\xfd")],
  xz: ["an xz file", begins("\xfd7zXZ\0")],
  bzip2: ["a bzip2 file", begins("BZh")],
  lz4: ["an LZ4 file", begins("\x04\x22\x4d\x18")],
  torch: ["a PyTorch file", both(isZip, holds(/data\.pkl|\.data\//))],
  npz: ["a NumPy archive (npz)", both(isZip, either(holds(/\.npy/), named(/\.npz$/)))],
  zip: ["a ZIP archive", isZip],
  emptyZip: ["an empty ZIP archive", begins("PK\x05\x06")],
  tar: ["a tar archive", begins("ustar", 257)],
  sevenZip: ["a 7z archive", begins("7z\xbc\xaf\x27\x1c")],
  rar: ["a RAR archive", begins("Rar!\x1a\x07")],
  pdf: ["a PDF document", begins("%PDF")],
  postScript: ["a PostScript document", begins("%!PS")],
  appleDouble: [
    "a macOS companion file (AppleDouble), not the file that it accompanies",
    begins("\0\x05\x16\x07"),
  ],
  jpeg2000: ["a JPEG 2000 image", either(begins("\0\0\0\x0cjP  \r\n"), begins("\xff\x4f\xff\x51"))],
  jpegXl: ["a JPEG XL image", either(begins("\0\0\0\x0cJXL "), begins("\xff\x0a"))],
  jpegXr: ["a JPEG XR image", begins("II\xbc")],
  photoshop: ["a Photoshop document", begins("8BPS")],
  openExr: ["an OpenEXR image", begins("\x76\x2f\x31\x01")],
  radiance: ["a Radiance image", begins("#?RADIANCE")],
  dds: ["a DDS texture", begins("DDS ")],
  qoi: ["a QOI image", begins("qoif")],
  icon: ["an icon (ICO)", begins("\0\0\x01\0")],
  fits: ["a FITS image", begins("SIMPLE  =")],
  dicom: ["a DICOM image", begins("DICM", 128)],
  heic: ["a HEIC image", (head) => HEIC_BRANDS.has(brands(head)[0] ?? "")],
  mp4: ["a video (MP4 or QuickTime)", (head) => brands(head).length > 0],
  bmp: ["a BMP image", both(begins("BM"), begins("\0\0\0\0", 6))],
  pnm: ["a PNM image (PBM, PGM or PPM)", holds(/^P[1-7]\s/)],
  matroska: ["a Matroska or WebM video", begins("\x1a\x45\xdf\xa3")],
  avi: ["an AVI video", begins("AVI ", 8)],
  ogg: ["an Ogg recording", begins("OggS")],
  mp3: ["an MP3 recording", begins("ID3")],
  wave: ["a WAVE recording", begins("WAVE", 8)],
  npy: ["a NumPy array", begins("\x93NUMPY")],
  hdf5: ["an HDF5 file", begins("\x89HDF\r\n\x1a\n")],
  matlab: ["a MATLAB file", begins("MATLAB 5.0")],
  parquet: ["a Parquet table", begins("PAR1")],
  sqlite: ["a SQLite database", begins("SQLite format 3\0")],
  program: ["a program", begins("\x7fELF")],
  torchPickle: [
    "a PyTorch file (pickle)",
    both(isPickle, either(begins(TORCH_NUMBER, 4), holds(/torch/), named(/\.(pth|pt|ckpt|bin)$/i))),
  ],
  pickle: ["a Python pickle", isPickle],
  safetensors: ["a safetensors file", both(begins("{", 8), begins("\0\0\0", 5))],
  gguf: ["a GGUF file (quantised)", begins("GGUF")],
  tensorFlowLite: ["a TensorFlow Lite file", begins("TFL3", 4)],
  // Its first field is the version, the second names who wrote it.
  onnx: [
    "an ONNX file",
    either(named(/\.onnx$/i), both(begins("\x08"), holds(/^.{4}(pytorch|tf2onnx|onnx|keras2onnx)/is))),
  ],
  tensorFlow: ["a file of TensorFlow", named(/\.(pb|index|data-\d+-of-\d+)$/i)],
  arrow: ["an Arrow table", either(begins("ARROW1"), named(/\.arrow$/))],
  tfRecord: ["a TFRecord file", named(/\.tfrecords?($|[-.])/)],
  lmdb: ["an LMDB database", named(/\.mdb$/)],
  zeros: ["nothing but zero bytes", (head) => head.every((byte) => byte === 0)],
  svg: ["an SVG drawing", isMarkup(/<svg[\s>]/i)],
  html: ["a web page (HTML)", isMarkup(/^<(!doctype html|head|body)|<html[\s>]/i)],
  xml: ["an XML document", isMarkup(/^<\?xml/i)],
  weightsIndex: [
    "the index of weights in several files",
    both((head) => isText(head), holds(/^\s*\{/), holds(/"weight_map"/)),
  ],
  json: ["JSON text", both((head) => isText(head), holds(/^(\xef\xbb\xbf)?\s*[{[]/))],
  text: ["text", (head) => isText(head)],
} as const satisfies Record<string, readonly [what: string, is: Test]>;

/** What a file is, in one word. */
export type FileKind = keyof typeof KINDS;

/**
 * What a file is, by its first bytes and, for kinds that these do not tell, its name.
 *
 * @param head the file, or at least its first 512 bytes; HEAD_BYTES tell most
 * @param path of the file, for its name
 * @returns its kind and, for "it is …", what that is called; null for a kind that is not known
 */
export function fileKind(head: Uint8Array, path = ""): { kind: FileKind; what: string } | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES));
  const name = basename(path);
  for (const [kind, [what, is]] of Object.entries(KINDS))
    if (is(bytes, name)) return { kind: kind as FileKind, what };
  return null;
}

function isText(head: Buffer): boolean {
  const text = new TextDecoder().decode(head.subarray(0, 512));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they tell text from other bytes
  return !/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text) && !/\ufffd/.test(text.slice(0, -1)); // the last may be cut
}
