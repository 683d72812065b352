import { SslMemError } from "../../../errors.js";
import { foreign } from "../../../text/foreign.js";
import { shortList } from "../../taken.js";
import type { Sidecars, TarImages } from "./members.js";

/** Name without its last ending. */
export const stemOf = (name: string): string => {
  const dot = name.lastIndexOf(".");
  return dot > name.lastIndexOf("/") ? name.slice(0, dot) : name;
};

/** WebDataset's key: the folder, and the file's name up to its first dot. */
export const keyOf = (name: string): string => {
  const slash = name.lastIndexOf("/");
  const dot = name.indexOf(".", slash + 2); // a name that begins with a dot has it in its key
  return dot < 0 ? name : name.slice(0, dot);
};

/** What of an archive's images is taken. */
export interface Chosen {
  /** By row: whether it is taken. */
  readonly taken: Uint8Array;
  /** Whether it is a WebDataset: some image has a .cls, .json or .txt of the same key. */
  readonly isWebDataset: boolean;
  /** Endings (without the dot) of images beside the chosen ones; empty where no sample has several. */
  readonly otherEndings: ReadonlySet<string>;
  /** Whether names have dots of their own, so that keys end at the last one. */
  readonly isDotted: boolean;
}

/**
 * Takes one image of each sample where an archive is a WebDataset. A sample are the files whose names are the same up to the
 * first dot, unless no image has a single ending and sidecars go with the whole names (`cat.0001.jpg`, `cat.0001.cls`).
 * Of several images the one with a single ending is taken (`7.jpg` rather than `7.seg.png`), or the one that
 * --sample-image names. Images without a sidecar are no sample; all are taken.
 *
 * @throws SslMemError USAGE when a sample has several images and none of them is the one
 */
export function chooseImages(
  images: TarImages,
  sidecars: Sidecars,
  sampleImage: string | null,
  archive: string,
): Chosen {
  const taken = new Uint8Array(images.names.length);
  const otherEndings = new Set<string>();
  const groups = new Map<string, number | number[]>();
  let [isWebDataset, hasOwn, hasPlain] = [sampleImage !== null, false, false];
  for (let row = 0; row < images.names.length; row++) {
    if (!images.counts(row)) continue;
    taken[row] = 1;
    if (sidecars.count === 0 && sampleImage === null) continue;
    const name = images.names[row] as string;
    const [key, stem] = [keyOf(name), stemOf(name)];
    if (key === stem) hasPlain = true;
    else if (sidecars.has(stem)) hasOwn = true;
    if (!isWebDataset) isWebDataset = sidecars.has(key) || sidecars.has(stem);
    const others = groups.get(key);
    if (others === undefined) groups.set(key, row);
    else if (typeof others === "number") groups.set(key, [others, row]);
    else others.push(row);
  }
  const isDotted = hasOwn && !hasPlain;
  if (!isWebDataset) return { taken, isWebDataset, otherEndings, isDotted: false };
  for (const [key, group] of groups) {
    if (sampleImage === null && (typeof group === "number" || isDotted || !sidecars.has(key))) continue;
    const rows = typeof group === "number" ? [group] : group;
    const one = theImage(rows, images.names, key, sampleImage, archive);
    for (const row of rows) {
      if (row === one) continue;
      taken[row] = 0;
      otherEndings.add(endingsOf(images.names[row] as string, key));
    }
  }
  return { taken, isWebDataset, otherEndings, isDotted };
}

const endingsOf = (name: string, key: string): string => name.slice(key.length + 1);

function theImage(
  rows: readonly number[],
  names: readonly string[],
  key: string,
  sampleImage: string | null,
  archive: string,
): number | undefined {
  const named = rows.map((row) => [row, endingsOf(names[row] as string, key)] as const);
  if (sampleImage !== null)
    return named.find(([, ending]) => ending.toLowerCase() === sampleImage.toLowerCase())?.[0];
  const single = named.filter(([, ending]) => !ending.includes("."));
  if (single.length === 1) return single[0]?.[0];
  const endings = named.map(([, ending]) => ending).sort();
  throw new SslMemError(
    "USAGE",
    `Expected one image in each sample of ${archive} but ${foreign(key)} has ${rows.length} (${shortList(endings)}).`,
    `--sample-image ${endings[0]} to take those, or another of the endings`,
  );
}
