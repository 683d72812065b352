import type { ImageList } from "./image-list.js";
import type { DataPart, SourceEntry } from "./source-entry.js";

export type { DataPart, SourceEntry } from "./source-entry.js";

/** A decoded image: pixels uint8 RGB [height, width, 3], greyscale as three equal channels. */
export interface DecodedImage {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Whether images are turned by their EXIF tag ("exif") or taken as they are stored ("stored", as torchvision does). */
export const ORIENTATIONS = ["stored", "exif"] as const;
export type Orientation = (typeof ORIENTATIONS)[number];

/** What of a data set's settings its source has to know. */
export interface SourceOptions {
  readonly orientation: Orientation;
  /** Ending (without the dot, such as "jpg" or "seg.png") of the image to take where a WebDataset sample has several; null: see tar.ts. */
  readonly sampleImage: string | null;
}

/** Files that were not taken, all for one reason. */
export interface LeftOut {
  /** Names the files, such as "files whose names are not those of images (.txt)". */
  readonly reason: string;
  readonly count: number;
  /** Path of the first, relative to the root. */
  readonly first: string;
}

/** What a data set was taken for, and what was left out of it: for people, the run's record and the report. */
export interface Taken {
  readonly kind: string;
  /** Completes "taken for KIND, because …". */
  readonly why: string;
  /** Images by part, and the folders or files that were read as that part; none where the data set has no parts. */
  readonly parts: Readonly<Record<DataPart, { readonly images: number; readonly from: readonly string[] }>>;
  /** Number of classes, and of images without a label among labelled ones; null where there are no labels. */
  readonly labels: { readonly classes: number; readonly unlabelled: number } | null;
  /** Completes "no labels, because …"; null where there are labels. */
  readonly noLabels: string | null;
  readonly leftOut: readonly LeftOut[];
  /** Whole sentences: rules that decided between two possible readings. */
  readonly notes: readonly string[];
}

/** State of a file or folder that a listing was read from: a listing holds as long as all of these are the same. */
export interface Stamp {
  /** Absolute path. */
  readonly path: string;
  readonly size: number;
  /** Nanoseconds and inode as decimal text: beyond 2^53. */
  readonly modified: string;
  readonly changed: string;
  readonly inode: string;
}

/** The images of a data set by name, place and size, none of them decoded. */
export interface Listing {
  /** In a fixed order, the same on every machine. */
  readonly images: ImageList;
  /** Names of the labels by number, or null. */
  readonly labelNames: readonly string[] | null;
  /** Ids of planted outliers; null but for synthetic images. */
  readonly outlierIds: readonly string[] | null;
  readonly taken: Taken;
  /** What it was read from; null for a listing that is not worth keeping because it is made from nothing (synthetic). */
  readonly stamps: readonly Stamp[] | null;
}

export interface ListOptions {
  /** Stops the listing; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Told now and then how many images have been found. */
  readonly onProgress?: ((found: number) => void) | undefined;
}

/** A data set that can be listed and read. */
export interface Source {
  readonly kind: string;
  /** What to give openSource to open it again. */
  readonly spec: string;
  /** Whether bytes() gives a file that decoders read (JPEG, PNG, …) rather than raw pixels. */
  readonly isEncoded: boolean;
  /** Lists names and sizes; decodes nothing. Throws SslMemError DATA when there are no images, or the files are malformed. */
  list(options?: ListOptions): Promise<Listing>;
  /** The bytes of one image, as they are; its digest is of these. Throws when they cannot be read. */
  bytes(entry: SourceEntry): Promise<Uint8Array>;
  /** Decodes them. Throws when they are corrupt. */
  decode(bytes: Uint8Array, entry: SourceEntry): Promise<DecodedImage>;
  /** Absolute path of the file that holds an image; null where there is none (synthetic). */
  fileOf(entry: SourceEntry): string | null;
  close(): Promise<void>;
}

/** One registered kind of source. */
export interface SourceKind {
  readonly kind: string;
  readonly summary: string;
  /** Whether data of this kind may be one file; a folder where it is left out. */
  readonly isFile?: boolean;
  /** Whether `data` (a path or a spec) looks like one: completes "taken for KIND, because …", or null. */
  recognise(data: string): Promise<string | null>;
  open(data: string, options: SourceOptions): Promise<Source>;
}
