import { ascending, placesWhere, valuesAt } from "../arrays.js";
import { SslMemError } from "../errors.js";
import { purposes, randomPermutation } from "../native/index.js";
import { computedColumn, readMetadata, scanParquet, writeParquet } from "../tables/index.js";
import { foreign } from "../text/foreign.js";
import { idsDigest } from "./id-list.js";
import type { ImageList } from "./image-list.js";
import type { Manifest } from "./manifest.js";
import { isShare } from "./share.js";
import { SUBSETS, type Subset } from "./subset-names.js";

export interface SplitOptions {
  seed: number;
  /** "random" by seed, or "file-order": the first images shared, the next candidates, then independent (the paper's code). */
  scheme: string;
  /** Training images to use; null: all. */
  limit: number | null;
  /** Share of the used training images (at most 1) or number of images (whole, above 1). */
  shared: number;
  candidate: number;
  independent: number;
  /** Likewise; null: as many as there are candidates, if the test images reach. */
  external: number | null;
  /** Equal class shares in every subset, where there are labels. */
  stratify: boolean;
}

const SCHEMA = "sslmem/split@1";
const UNUSED = 255;

/** Which subset every image belongs to. */
export class Split {
  #used: Uint32Array | null = null;

  constructor(
    /** [images] number of the subset, or 255 for an image that is not used; stays as it is */
    readonly codes: Uint8Array,
    readonly seed: number,
    readonly scheme: string,
    /** Digest of the ids that were to be excluded (idsDigest); null: none were. */
    readonly exclusions: string | null = null,
  ) {}

  subset(index: number): Subset | null {
    return SUBSETS[this.codes[index] as number] ?? null;
  }

  /** Indices of a subset, ascending. */
  indices(subset: Subset): Uint32Array {
    const code = SUBSETS.indexOf(subset);
    return this.used().filter((index) => this.codes[index] === code);
  }

  /** Indices of every used image, ascending; looked for once, since most of a large data set is not used. */
  used(): Uint32Array {
    this.#used ??= placesWhere(this.codes, (found) => found !== UNUSED);
    return this.#used;
  }

  /**
   * The same division without some images, which nothing is trained on or scored; every other image stays in its subset,
   * so that runs with different exclusions differ in these images alone. Throws SslMemError DATA when none of the ids is
   * one of a used image, USAGE when a subset would have fewer than 2 images left.
   */
  without(ids: readonly string[], images: ImageList): { split: Split; excluded: number } {
    const out = new Set(ids);
    const codes = Uint8Array.from(this.codes);
    const used = this.used();
    for (const index of used) if (out.has(images.id(index))) codes[index] = UNUSED;
    const split = new Split(codes, this.seed, this.scheme, idsDigest(ids));
    const excluded = used.length - split.used().length;
    if (excluded === 0) {
      throw new SslMemError(
        "DATA",
        `Expected ids of images of this split to exclude but none of ${out.size} is one.`,
        `ids look like ${foreign(images.id(used[0] as number))}`,
      );
    }
    for (const subset of SUBSETS) {
      const left = split.indices(subset).length;
      if (left < 2 && this.indices(subset).length >= 2)
        throw new SslMemError(
          "USAGE",
          `Expected at least 2 ${subset} images but the exclusions leave ${left}.`,
        );
    }
    return { split, excluded };
  }

  /** Writes split.parquet. @param manifest whose images it divides */
  async write(path: string, manifest: Pick<Manifest, "hash">): Promise<void> {
    const used = this.used();
    await writeParquet(
      path,
      {
        index: used,
        subset: computedColumn("string", used.length, (row) => this.subset(used[row] as number)),
      },
      {
        schema: SCHEMA,
        seed: String(this.seed),
        scheme: this.scheme,
        manifest: manifest.hash,
        images: String(this.codes.length),
        ...(this.exclusions === null ? {} : { exclusions: this.exclusions }),
      },
    );
  }

  /** Reads split.parquet. Throws SslMemError DATA when it is not one, or of another data set. */
  static async read(path: string, manifest: Manifest): Promise<Split> {
    const metadata = await readMetadata(path);
    if (metadata.schema !== SCHEMA)
      throw new SslMemError(
        "DATA",
        `Expected a split (${SCHEMA}) at ${path} but it is ${foreign(metadata.schema ?? "another table")}.`,
      );
    if (metadata.manifest !== manifest.hash) {
      throw new SslMemError(
        "DATA",
        `Expected the split of ${manifest.facts.spec} at ${path} but it was made for another data set.`,
        "Use another --run, or --force.",
      );
    }
    const codes = new Uint8Array(manifest.count).fill(UNUSED);
    await scanParquet(path, ["index", "subset"], ({ rows, cells }) => {
      for (let row = 0; row < rows; row++) {
        codes[cells[0]?.[row] as number] = SUBSETS.indexOf(cells[1]?.[row] as Subset);
      }
    });
    return new Split(codes, Number(metadata.seed), metadata.scheme ?? "", metadata.exclusions ?? null);
  }
}

/** What is divided. A manifest is one. */
export interface SplitPool {
  readonly images: ImageList;
  readonly labelNames: readonly string[] | null;
}

/** Images of both parts in the order in which subsets take them: the same on every machine. */
export interface Arrangement {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** Whether any stretch has equal shares of the classes. */
  readonly isStratified: boolean;
}

/**
 * Divides the images of a data set. Shared, candidates and independent come from its training part; external ones from
 * its test part if it has one, else from the training images that are left (the shares then leave a tenth).
 *
 * @param unreadable indices of images that cannot be used: the next in the seeded order that no subset has takes the place
 *   of each (the next of its class where the split is stratified and there is one), so that the others stay where they are
 * @throws SslMemError USAGE when the numbers contradict each other or the data set is too small, with the numbers
 */
export function makeSplit(
  pool: SplitPool,
  options: SplitOptions,
  unreadable: ReadonlySet<number> = new Set(),
): Split {
  return divide(pool.images, arrange(pool, options), options, unreadable);
}

/** The second half of makeSplit, for callers that divide again once more is known. Throws as it does. */
export function divide(
  images: ImageList,
  { train, test, isStratified }: Arrangement,
  options: Omit<SplitOptions, "stratify">,
  unreadable: ReadonlySet<number>,
): Split {
  const readable = (indices: Uint32Array) =>
    unreadable.size === 0 ? indices.length : indices.reduce((n, i) => n + (unreadable.has(i) ? 0 : 1), 0);
  const there = { train: readable(train), test: readable(test) };
  const heldOut = there.test === 0;
  const fewest = 2 * (heldOut ? SUBSETS.length : SUBSETS.length - 1);
  if (there.train < fewest) {
    throw new SslMemError(
      "USAGE",
      `Expected at least ${fewest} ${heldOut ? "" : "training "}images, 2 in each subset, but ${there.train} ${there.train === 1 ? "is" : "are"} there that can be read.`,
      there.train === 0 ? "a folder train/ beside test/, or other data" : "more images",
    );
  }
  if (options.limit !== null && options.limit > there.train) {
    throw new SslMemError(
      "USAGE",
      `Expected a limit of at most ${there.train}, the number of training images, but received ${options.limit}.`,
    );
  }
  const available = options.limit ?? there.train;
  const counts = countsOf(options, available, heldOut);
  const sum = counts[0] + counts[1] + counts[2];
  const spare = heldOut ? available - sum : there.test;
  const external =
    options.external === null ? Math.min(counts[1], spare) : countOf(options.external, available, heldOut);
  if (external < 2 || external > spare) {
    throw new SslMemError(
      "USAGE",
      spare < 2
        ? `Expected at least 2 images for the external subset but ${heldOut ? `the others leave ${spare}` : "there is only 1 test image that can be read"}.`
        : external < 2
          ? `Expected at least 2 external images but the split asks for ${external}.`
          : `Expected at most ${spare} external images, as many as ${heldOut ? "the others leave" : "there are test images"}, but the split asks for ${external}.`,
      heldOut
        ? "--shared, --candidate and --independent with smaller shares leave more"
        : external < 2 || spare < 2
          ? "more test images, or a larger --external"
          : `--external ${spare}`,
    );
  }
  const labels = isStratified ? images : null;
  const trained = firstReadable(train, heldOut ? sum + external : sum, unreadable, labels);
  const codes = new Uint8Array(images.count).fill(UNUSED);
  let at = 0;
  for (const [code, count] of counts.entries()) {
    for (const index of trained.subarray(at, at + count)) codes[index] = code;
    at += count;
  }
  const outside = heldOut ? trained.subarray(at) : firstReadable(test, external, unreadable, labels);
  for (const index of outside) codes[index] = SUBSETS.indexOf("external");
  return new Split(codes, options.seed, options.scheme);
}

/** Shared, candidate and independent images, as numbers. Throws SslMemError USAGE. */
function countsOf(
  options: Omit<SplitOptions, "stratify">,
  available: number,
  heldOut: boolean,
): [number, number, number] {
  const counts = ([options.shared, options.candidate, options.independent] as const).map((wanted) =>
    countOf(wanted, available, heldOut),
  ) as [number, number, number];
  const sum = counts[0] + counts[1] + counts[2];
  if (sum > available) {
    throw new SslMemError(
      "USAGE",
      `Expected at most ${available} images in shared, candidate and independent together but ${counts.join(" + ")} is ${sum}.`,
      "--shared, --candidate and --independent with smaller shares or numbers",
    );
  }
  for (const [i, count] of counts.entries()) {
    if (count < 2)
      throw new SslMemError(
        "USAGE",
        `Expected at least 2 ${SUBSETS[i]} images but the split of ${available} gives ${count}.`,
        `more images, or --${SUBSETS[i]} with a larger share or number`,
      );
  }
  if (counts[1] !== counts[2]) {
    throw new SslMemError(
      "USAGE",
      `Expected as many candidates as independent images, so that f and g train on equally many, but received ${counts[1]} and ${counts[2]}.`,
      `--candidate ${Math.min(counts[1], counts[2])} --independent ${Math.min(counts[1], counts[2])}`,
    );
  }
  return counts;
}

/**
 * How many images a size of the split means: itself above 1, else the share of those available (isShare). Where external images
 * are held out of them, shares are of ten elevenths, so that a tenth of it is left.
 */
export function countOf(wanted: number, available: number, isHeldOut: boolean): number {
  const pool = isHeldOut ? Math.floor(available / 1.1 + 1e-6) : available;
  return isShare(wanted) ? Math.floor(wanted * pool + 1e-9) : wanted;
}

/** The first images of an order, each unreadable one replaced as makeSplit says. There must be enough readable ones. */
function firstReadable(
  order: Uint32Array,
  count: number,
  unreadable: ReadonlySet<number>,
  labels: ImageList | null,
): Uint32Array {
  const taken = order.slice(0, count);
  const holes = placesWhere(taken, (index) => unreadable.has(index));
  if (holes.length === 0) return taken;
  const spares = order.subarray(count).filter((index) => !unreadable.has(index));
  const isTaken = new Uint8Array(spares.length);
  const labelOf = (index: number) => labels?.label(index) ?? null;
  // Per class, and over all of them (undefined), the place from which to look for the next one.
  const from = new Map<number | null | undefined, number>();
  const next = (fits: (spare: number) => boolean, key: number | null | undefined): number | undefined => {
    for (let at = from.get(key) ?? 0; at < spares.length; at++) {
      if (isTaken[at] === 1 || !fits(spares[at] as number)) continue;
      from.set(key, at + 1);
      isTaken[at] = 1;
      return spares[at] as number;
    }
    from.set(key, spares.length);
    return undefined;
  };
  for (const hole of holes) {
    const label = labelOf(taken[hole] as number);
    const same = labels === null ? undefined : next((spare) => labelOf(spare) === label, label);
    taken[hole] = same ?? (next(() => true, undefined) as number);
  }
  return taken;
}

/**
 * Orders images so that any stretch of the list is a fair sample: shuffled, and class by class in turn if stratified; or
 * as they are listed. Throws SslMemError USAGE for an unknown scheme.
 */
export function arrange({ images, labelNames }: SplitPool, options: SplitOptions): Arrangement {
  if (options.scheme !== "random" && options.scheme !== "file-order") {
    throw new SslMemError(
      "USAGE",
      `Expected random or file-order for the split scheme but received "${options.scheme}".`,
    );
  }
  const { part: parts } = images.columns;
  const part = (code: 0 | 1) => placesWhere(parts, (found) => found === code);
  const isStratified = options.stratify && labelNames !== null && options.scheme === "random";
  const ordered = (indices: Uint32Array, stream: number) => {
    if (options.scheme === "file-order" || indices.length === 0) return indices;
    const key = { seed: options.seed, purpose: purposes.split, epoch: 0, sample: stream, view: 0 };
    const shuffled = valuesAt(indices, randomPermutation(key, new Uint32Array(indices.length)));
    return isStratified ? interleaved(shuffled, images) : shuffled;
  };
  return { train: ordered(part(0), 0), test: ordered(part(1), 1), isStratified };
}

/** Places each image at its share of the way through its class; classes then alternate evenly. */
function interleaved(shuffled: Uint32Array, images: ImageList): Uint32Array {
  const { label } = images.columns;
  const count = shuffled.length;
  // Labels are numbers from 0 on; place 0 is that of images without one.
  const classes = new Uint32Array(count);
  let most = 0;
  for (let place = 0; place < count; place++) {
    const one = (label[shuffled[place] as number] as number) + 1;
    classes[place] = one;
    if (one > most) most = one;
  }
  const sizes = new Uint32Array(most + 1);
  const seen = new Uint32Array(most + 1);
  for (let place = 0; place < count; place++) {
    const one = classes[place] as number;
    sizes[one] = (sizes[one] as number) + 1;
  }
  const shares = new Float64Array(count);
  for (let place = 0; place < count; place++) {
    const one = classes[place] as number;
    const before = seen[one] as number;
    seen[one] = before + 1;
    shares[place] = (before + 0.5) / (sizes[one] as number);
  }
  return valuesAt(shuffled, ascending(shares));
}
