/** The part of a data set that an image comes with; external images are taken from "test" where there is one. */
export type DataPart = "train" | "test";

/** An image of a source, not yet decoded. */
export interface SourceEntry {
  /** Path relative to the data root, `<archive>/<member>`, or `<file>#<n>`: stable across machines. */
  id: string;
  /** File that holds it, relative to the root; empty for synthetic images. */
  path: string;
  /** Where it begins in that file, bytes; the image's number for synthetic ones and for records of one size. */
  offset: number;
  /** Its encoded length. */
  bytes: number;
  label: number | null;
  part: DataPart;
}
