import { statSync } from "node:fs";
import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import { shellQuoted } from "../../text/shell-quoted.js";
import { naturalOrder } from "../natural-order.js";
import { shortList } from "../taken.js";
import type { SourceKind } from "../types.js";
import { emptySource } from "./empty-source.js";
import { checkIdx, IDX_IMAGES, IDX_LABELS, type IdxHeader, idxHeader } from "./idx-file.js";
import { placeOf, whyAt } from "./nested.js";
import {
  aside,
  isGzip,
  namesIn,
  type RecordFile,
  type RecordSet,
  RecordSource,
  unpack,
  wholeFile,
} from "./raw.js";
import { headOf } from "./sniff.js";

const IMAGES = /^(.*)-images[-.]idx\d-(?:ubyte|int)(\.gz)?$/;
const PART = /t10k|test/i;
const stemOf = (name: string): string => IMAGES.exec(name)?.[1] ?? "";
const BELOW = [
  "raw",
  ...["MNIST", "FashionMNIST", "KMNIST", "EMNIST", "QMNIST"].map((name) => `${name}/raw`),
];
const placed = (root: string) => placeOf(root, BELOW, (names) => names.some((name) => IMAGES.test(name)));

/** The MNIST family: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, t10k or test likewise, gzip or not. */
export const idx: SourceKind = {
  kind: "idx",
  summary: "IDX files (MNIST, Fashion-MNIST, KMNIST, EMNIST), gzip or not",
  async recognise(data) {
    const place = placed(data);
    return place === null ? null : whyAt(place, "IDX files (…-images-idx3-ubyte)");
  },
  open: async (root) => new RecordSource("idx", root, () => look(root)),
};

async function look(root: string): Promise<RecordSet> {
  const place = placed(root) ?? "";
  const folder = join(root, place);
  const names = namesIn(folder).sort(naturalOrder);
  const { chosen, twice } = withoutDoubles(names.filter((name) => IMAGES.test(name)));
  if (chosen.length === 0)
    throw emptySource(
      root,
      "no IDX file (train-images-idx3-ubyte) is there",
      "--source-kind auto looks at what is there",
    );
  refuseSeveral(root, chosen);
  const used = new Set(twice);
  const files: RecordFile[] = [];
  for (const name of chosen) {
    const stem = stemOf(name);
    const beside = withoutDoubles(names.filter((other) => other.startsWith(`${stem}-labels`)));
    for (const other of [name, ...beside.chosen, ...beside.twice]) used.add(other);
    const doubled = beside.twice[0];
    if (doubled !== undefined) twice.push(doubled);
    const images = await readImages(join(folder, name));
    const label = beside.chosen[0];
    const labels =
      label === undefined
        ? null
        : await readLabels(join(folder, label), images.header.sizes[0] as number, name);
    files.push(recordFile(place === "" ? name : `${place}/${name}`, stem, images, labels));
  }
  files.sort((a, b) => Number(a.part === "test") - Number(b.part === "test"));
  const missing = files.find(({ labels }) => labels === null);
  const classes =
    missing === undefined ? 1 + files.reduce((most, { labels }) => largest(labels, most), -1) : 0;
  const notes = files.some(({ unpacked, file }) => unpacked !== null && !file.endsWith(".gz"))
    ? ["Some files are gzip data under the names of unpacked ones; they are unpacked in memory."]
    : [];
  if (twice.length > 0)
    notes.push(
      `Of files that are there unpacked and as .gz, the unpacked ones are read, not ${shortList(twice)}.`,
    );
  return {
    why: whyAt(place, `IDX files (${shortList(chosen)})`),
    files,
    labelNames: classes > 0 ? Array.from({ length: classes }, (_, i) => String(i)) : null,
    noLabels: missing === undefined ? null : `there is no file of labels for ${missing.file}`,
    notes,
    ...aside(root, place, used),
  };
}

/** Of x and x.gz the unpacked one; torchvision leaves both side by side. */
function withoutDoubles(names: readonly string[]): { chosen: string[]; twice: string[] } {
  const twice = names.filter((name) => name.endsWith(".gz") && names.includes(name.slice(0, -3)));
  return { chosen: names.filter((name) => !twice.includes(name)), twice };
}

/** EMNIST's folder holds six data sets that share images. */
function refuseSeveral(root: string, names: readonly string[]): void {
  const sets = new Set(names.map((name) => stemOf(name).replace(/-?(train|t10k|test)/i, "")));
  if (sets.size < 2) return;
  const all = [...sets].map((set) => set || "(no name)").sort();
  throw new SslMemError(
    "USAGE",
    `Expected the IDX files of one data set in ${root} but received those of ${sets.size}: ${shortList(all)}.`,
    `mkdir ${shellQuoted(`${root}/one`)} && cp ${shellQuoted(root)}/${all.find((set) => set !== "(no name)")}-* ${shellQuoted(`${root}/one`)}, then give that folder`,
  );
}

interface Images {
  readonly header: IdxHeader;
  readonly unpacked: Buffer | null;
}

/** Reads the header; the whole file only where it is gzip data, by what it holds rather than by its name. */
async function readImages(path: string): Promise<Images> {
  const head = headOf(path, 64);
  if (!isGzip(head)) {
    const header = idxHeader(head);
    checkIdx(header, IDX_IMAGES, statSync(path).size, path);
    return { header: header as IdxHeader, unpacked: null };
  }
  const unpacked = await unpack(await wholeFile(path), path);
  const header = idxHeader(unpacked);
  checkIdx(header, IDX_IMAGES, unpacked.length, path);
  return { header: header as IdxHeader, unpacked };
}

async function readLabels(path: string, count: number, images: string): Promise<Uint8Array> {
  const packed = await wholeFile(path);
  const bytes = isGzip(packed) ? await unpack(packed, path) : packed;
  const header = idxHeader(bytes);
  checkIdx(header, IDX_LABELS, bytes.length, path);
  const labels = bytes.subarray((header as IdxHeader).length);
  if (labels.length !== count)
    throw new SslMemError(
      "DATA",
      `Expected ${count} labels, one for each image of ${images}, in ${path} but it has ${labels.length}.`,
      "are both files of the same data set, and whole?",
    );
  return labels;
}

function recordFile(
  file: string,
  stem: string,
  { header, unpacked }: Images,
  labels: Uint8Array | null,
): RecordFile {
  const [count, height, width] = header.sizes as [number, number, number];
  return {
    file,
    part: PART.test(stem) ? "test" : "train",
    header: header.length,
    stride: height * width,
    pixels: 0,
    width,
    height,
    channels: 1,
    count,
    order: "planar",
    labels,
    unpacked,
  };
}

function largest(labels: ArrayLike<number> | null, most: number): number {
  let found = most;
  for (let i = 0; i < (labels?.length ?? 0); i++) found = Math.max(found, labels?.[i] as number);
  return found;
}
