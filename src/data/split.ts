import { isShare } from "../config/kinds.js";
import { SslMemError } from "../errors.js";
import { purposes, randomPermutation } from "../native/index.js";
import { computedColumn, readMetadata, scanParquet, writeParquet } from "../tables/index.js";
import type { Manifest } from "./manifest.js";

/** The four subsets: shared (both encoders train on it), candidate (f only), independent (g only), external (neither). */
export const SUBSETS = ["shared", "candidate", "independent", "external"] as const;
export type Subset = (typeof SUBSETS)[number];

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
  constructor(
    /** [images] number of the subset, or 255 for an image that is not used */
    readonly codes: Uint8Array,
    readonly manifestHash: string,
    readonly seed: number,
    readonly scheme: string,
  ) {}

  subset(index: number): Subset | null {
    return SUBSETS[this.codes[index] as number] ?? null;
  }

  /** Indices of a subset, in the order in which they were drawn: ascending. */
  indices(subset: Subset): Uint32Array {
    const code = SUBSETS.indexOf(subset);
    return Uint32Array.from([...this.codes.keys()].filter((i) => this.codes[i] === code));
  }

  /** Indices of every used image, ascending. */
  used(): Uint32Array {
    return Uint32Array.from([...this.codes.keys()].filter((i) => this.codes[i] !== UNUSED));
  }

  /**
   * The same division without some images, which nothing is trained on or scored; every other image stays in its subset,
   * so that runs with different exclusions differ in these images alone. Throws SslMemError DATA when none of the ids is
   * one of a used image, USAGE when a subset would have fewer than 2 images left.
   */
  without(ids: readonly string[], manifest: Manifest): { split: Split; excluded: number } {
    const out = new Set(ids);
    const codes = Uint8Array.from(this.codes, (code, i) => (out.has(manifest.entry(i).id) ? UNUSED : code));
    const split = new Split(codes, this.manifestHash, this.seed, this.scheme);
    const excluded = this.used().length - split.used().length;
    if (excluded === 0) {
      throw new SslMemError(
        "DATA",
        `Expected ids of images of this split to exclude but none of ${out.size} is one.`,
        `ids look like ${manifest.entry(0).id}`,
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

  async write(path: string): Promise<void> {
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
        manifest: this.manifestHash,
        images: String(this.codes.length),
      },
    );
  }

  /** Reads split.parquet. Throws SslMemError DATA when it is not one, or of another data set. */
  static async read(path: string, manifest: Manifest): Promise<Split> {
    const metadata = await readMetadata(path);
    if (metadata.schema !== SCHEMA)
      throw new SslMemError(
        "DATA",
        `Expected a split (${SCHEMA}) at ${path} but it is ${metadata.schema ?? "another table"}.`,
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
    return new Split(codes, manifest.hash, Number(metadata.seed), metadata.scheme ?? "");
  }
}

/**
 * Divides the images of a data set. Shared, candidates and independent come from its training part; external ones from
 * its test part if it has one, else from the training images that are left (the shares then leave a tenth).
 *
 * @throws SslMemError USAGE when the numbers contradict each other or the data set is too small, with the numbers
 */
export function makeSplit(manifest: Manifest, options: SplitOptions): Split {
  if (options.scheme !== "random" && options.scheme !== "file-order") {
    throw new SslMemError(
      "USAGE",
      `Expected random or file-order for the split scheme but received "${options.scheme}".`,
    );
  }
  const part = (wanted: string) =>
    Array.from({ length: manifest.count }, (_, i) => i).filter((i) => manifest.entry(i).part === wanted);
  const train = arrange(part("train"), manifest, options, 0);
  const test = arrange(part("test"), manifest, options, 1);
  const available = Math.min(options.limit ?? train.length, train.length);
  if (options.limit !== null && options.limit > train.length) {
    throw new SslMemError(
      "USAGE",
      `Expected a limit of at most ${train.length}, the number of training images, but received ${options.limit}.`,
    );
  }
  const heldOut = test.length === 0;
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
  const spare = heldOut ? train.slice(sum, available) : test;
  const external =
    options.external === null
      ? Math.min(counts[1], spare.length)
      : countOf(options.external, available, heldOut);
  if (external < 2 || external > spare.length) {
    throw new SslMemError(
      "USAGE",
      `Expected 2 to ${spare.length} external images but the split asks for ${external}.`,
      "--shared, --candidate and --independent with smaller shares leave more.",
    );
  }
  const codes = new Uint8Array(manifest.count).fill(UNUSED);
  let at = 0;
  for (const [code, count] of counts.entries()) {
    for (const index of train.slice(at, at + count)) codes[index] = code;
    at += count;
  }
  for (const index of spare.slice(0, external)) codes[index] = 3;
  return new Split(codes, manifest.hash, options.seed, options.scheme);
}

/**
 * How many images a size of the split means: itself above 1, else the share of those available (isShare). Where external images
 * are held out of them, shares are of ten elevenths, so that a tenth of it is left.
 */
export function countOf(wanted: number, available: number, isHeldOut: boolean): number {
  const pool = isHeldOut ? Math.floor(available / 1.1 + 1e-6) : available;
  return isShare(wanted) ? Math.floor(wanted * pool + 1e-9) : wanted;
}

/** Orders images so that any stretch of the list is a fair sample: shuffled, and class by class in turn if stratified. */
function arrange(images: number[], manifest: Manifest, options: SplitOptions, stream: number): number[] {
  if (options.scheme === "file-order" || images.length === 0) return images;
  const key = { seed: options.seed, purpose: purposes.split, epoch: 0, sample: stream, view: 0 };
  const shuffled = Array.from(
    randomPermutation(key, new Uint32Array(images.length)),
    (at) => images[at] as number,
  );
  if (!options.stratify || manifest.facts.labelNames === null) return shuffled;
  const classes = new Map<number | null, number[]>();
  for (const index of shuffled) {
    const { label } = manifest.entry(index);
    const members = classes.get(label) ?? [];
    members.push(index);
    classes.set(label, members);
  }
  // Each image is placed at its share of the way through its class; classes then interleave evenly.
  const place = new Map<number, number>();
  for (const members of classes.values())
    for (const [i, index] of members.entries()) place.set(index, (i + 0.5) / members.length);
  return shuffled.sort((a, b) => (place.get(a) as number) - (place.get(b) as number));
}
