import sharp from "sharp";
import { shellQuoted } from "../text/shell-quoted.js";

/** What decodeImage takes, by sharp's names; SVG and PDF, which sharp can draw, are no photographs. */
const DECODED = new Set(["jpeg", "png", "webp", "gif", "tiff", "heif"]);
/** Endings that sharp does not list for a format that it reads. */
const ALSO: Readonly<Record<string, readonly string[]>> = { png: [".apng"] };

/** Endings of image kinds that are common enough to be called images when this build does not read them. */
const OTHER_IMAGES =
  ".heic .heif .hif .avif .jp2 .j2k .j2c .jpx .jpf .jxl .jxr .wdp .bmp .dib .ppm .pgm .pbm .pnm .pam .pfm .tga .ico .icns .cur .psd .xcf .exr .hdr .svg .svgz .pcx .sgi .rgb .ras .xbm .xpm .dds .cr2 .cr3 .nef .arw .dng .orf .rw2 .raf .dcm .fits .fit .djvu .eps .tif .tiff .gif .webp .png .apng .jpg .jpeg .jpe .jfif";

/** Endings (lower case, with the dot) of the files that this build of sharp decodes. */
export const READ_ENDINGS: ReadonlySet<string> = new Set(
  Object.entries({ ...sharp.format })
    .filter(([name, { input }]) => input.buffer && DECODED.has(name))
    .flatMap(([name, { input }]) => [...(input.fileSuffix ?? []), ...(ALSO[name] ?? [])]),
);
const UNREAD = new Set(OTHER_IMAGES.split(" ").filter((ending) => !READ_ENDINGS.has(ending)));

/** What a file is by its name alone. */
export type NameKind = "image" | "unread image" | "hidden" | "other";

export const HIDDEN = "hidden files and leavings of systems (._*, .DS_Store, Thumbs.db, __MACOSX)";
export const UNREAD_IMAGE = "images of kinds that are not read";
export const NO_IMAGE = "files whose names are not those of images";

/** The ending of a name in lower case with its dot, or "" when it has none. */
export function endingOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot <= name.lastIndexOf("/") + 1 ? "" : name.slice(dot).toLowerCase();
}

/** Whether one part of a path is that of a hidden file or of what systems drop. */
export function isHidden(part: string): boolean {
  if (part.charCodeAt(0) === 46) return part !== "." && part !== "..";
  return part === "__MACOSX" || part === "Thumbs.db" || part === "desktop.ini" || part === "ehthumbs.db";
}

/** What a file is by its path. */
export function nameKind(path: string): NameKind {
  for (let start = 0; start <= path.length; ) {
    const slash = path.indexOf("/", start);
    const end = slash < 0 ? path.length : slash;
    if (isHidden(path.slice(start, end))) return "hidden";
    start = end + 1;
  }
  const ending = endingOf(path);
  return READ_ENDINGS.has(ending) ? "image" : UNREAD.has(ending) ? "unread image" : "other";
}

/** Whether a path is that of an image that we read. */
export function isImageName(path: string): boolean {
  return nameKind(path) === "image";
}

/** One line that turns the files of such endings in a folder into PNG, each beside the old one. */
export function conversionOf(folder: string, endings: readonly string[]): string {
  const names = endings.map((ending) => `-iname '*${ending}'`).join(" -o ");
  return `find ${shellQuoted(folder)} \\( ${names} \\) -exec mogrify -format png {} +`;
}
