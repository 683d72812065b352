/** The part of a data set that an image comes with; external images are taken from "test" where there is one. */
export type DataPart = "train" | "test";

/** An image of a source, not yet decoded. */
export interface SourceEntry {
  /** Path relative to the data root, `<archive>/<member>`, or `<file>#<n>`: stable across machines. */
  id: string;
  /** File that holds it, relative to the root; empty for synthetic images. */
  path: string;
  /** Where it begins in that file, bytes; the image's number for synthetic ones. */
  offset: number;
  /** Its encoded length. */
  bytes: number;
  label: number | null;
  part: DataPart;
}

/** A decoded image: pixels uint8 RGB [height, width, 3], greyscale as three equal channels. */
export interface DecodedImage {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Whether images are turned by their EXIF tag ("exif") or taken as they are stored ("stored", as torchvision does). */
export const ORIENTATIONS = ["stored", "exif"] as const;
export type Orientation = (typeof ORIENTATIONS)[number];

/** A data set that can be listed and read. */
export interface Source {
  readonly kind: string;
  /** What to give openSource to open it again. */
  readonly spec: string;
  /** Names of the labels by number, or null. Known once entries() has ended. */
  readonly labelNames: string[] | null;
  /** Ids of planted outliers; null but for synthetic images. */
  readonly outlierIds: string[] | null;
  /** The images in a fixed order. Throws SslMemError DATA when there are none, or the files are malformed. */
  entries(): Promise<SourceEntry[]>;
  /** Decodes one. Throws when it is corrupt. */
  read(entry: SourceEntry): Promise<DecodedImage>;
  /** The bytes of its file, as it is; only where images are files (JPEG, PNG, WebP). Throws when it cannot be read. */
  encoded?(entry: SourceEntry): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** One registered kind of source. */
export interface SourceKind {
  readonly kind: string;
  readonly summary: string;
  /** Whether `data` (a path or a spec) looks like one. */
  matches(data: string): Promise<boolean>;
  open(data: string): Promise<Source>;
}
