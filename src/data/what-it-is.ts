import { type FileKind, fileKind } from "../file-kinds/index.js";

/** What makes the file of it that was expected, in a few words. */
const REMEDIES: Partial<Record<FileKind, string>> = {
  lfs: "git lfs pull fetches the file",
  gzip: "gunzip unpacks it",
  zip: "unzip unpacks it",
  tar: "tar xf unpacks it",
  bzip2: "bunzip2 unpacks it",
  xz: "unxz unpacks it",
  zstandard: "unzstd unpacks it",
  lz4: "unlz4 unpacks it",
  sevenZip: "7z x unpacks it",
  rar: "unrar x unpacks it",
};

/**
 * What a file is, by its first bytes: completes "it is …". For messages about an image that is none.
 *
 * @param bytes the file, or at least its first 512 bytes
 */
export function whatItIs(bytes: Uint8Array): string {
  const found = fileKind(bytes);
  if (found === null) return "of no known kind";
  const remedy = REMEDIES[found.kind];
  return remedy === undefined ? found.what : `${found.what} (${remedy})`;
}
