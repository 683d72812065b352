import { statSync } from "node:fs";
import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import { many } from "../taken.js";
import type { SourceKind } from "../types.js";
import { AGAIN, emptySource } from "./empty-source.js";
import { placeOf, whyAt } from "./nested.js";
import { aside, namesIn, type RecordFile, type RecordSet, RecordSource, wholeFile } from "./raw.js";
import { textOf } from "./utf8.js";

const STRIDE = 96 * 96 * 3;
const UNLABELED = "unlabeled_X.bin";
const placed = (root: string) =>
  placeOf(root, ["stl10_binary"], (names) => names.includes("train_X.bin") || names.includes("test_X.bin"));

/** STL-10, binary version: train_X.bin and test_X.bin with train_y.bin and test_y.bin beside them. */
export const stl10: SourceKind = {
  kind: "stl10",
  summary: "STL-10, binary version (train and test images, not the unlabelled ones)",
  async recognise(data) {
    const place = placed(data);
    return place === null ? null : whyAt(place, "train_X.bin or test_X.bin");
  },
  open: async (root) => new RecordSource("stl10", root, () => look(root)),
};

async function look(root: string): Promise<RecordSet> {
  const place = placed(root) ?? "";
  const folder = join(root, place);
  const names = namesIn(folder);
  const at = (name: string) => (place === "" ? name : `${place}/${name}`);
  const used = new Set<string>();
  const files: RecordFile[] = [];
  const labelNames = await classNames(folder, names, used);
  for (const part of ["train", "test"] as const) {
    const name = `${part}_X.bin`;
    if (!names.includes(name)) continue;
    used.add(name);
    const count = countOf(join(folder, name));
    const beside = `${part}_y.bin`;
    const labels = names.includes(beside)
      ? await labelsOf(join(folder, beside), count, labelNames.length)
      : null;
    if (labels !== null) used.add(beside);
    files.push({
      file: at(name),
      part,
      header: 0,
      stride: STRIDE,
      pixels: 0,
      width: 96,
      height: 96,
      channels: 3,
      count,
      order: "columns",
      labels,
      unpacked: null,
    });
  }
  if (files.length === 0)
    throw emptySource(
      root,
      "neither train_X.bin nor test_X.bin of STL-10 is there",
      "--source-kind auto looks at what is there",
    );
  const hasLabels = files.some(({ labels }) => labels !== null);
  const { leftOut, stamps } = aside(
    root,
    place,
    new Set([...used, ...(names.includes(UNLABELED) ? [UNLABELED] : [])]),
  );
  if (names.includes(UNLABELED)) {
    const images = Math.floor(statSync(join(folder, UNLABELED)).size / STRIDE);
    leftOut.add(`the file of its ${many(images, "unlabelled image")}`, at(UNLABELED));
  }
  return {
    why: whyAt(place, files.map(({ file }) => file).join(" and ")),
    files,
    labelNames: hasLabels ? labelNames : null,
    noLabels: hasLabels ? null : "there is no train_y.bin or test_y.bin",
    notes: [],
    leftOut,
    stamps,
  };
}

async function classNames(folder: string, names: readonly string[], used: Set<string>): Promise<string[]> {
  const numbers = Array.from({ length: 10 }, (_, i) => String(i));
  if (!names.includes("class_names.txt")) return numbers;
  used.add("class_names.txt");
  const text = textOf(await wholeFile(join(folder, "class_names.txt"))).trim();
  return text === "" ? numbers : text.split(/\s+/);
}

function countOf(path: string): number {
  const { size } = statSync(path);
  if (size === 0) throw emptySource(path, "the file is empty (0 bytes)", AGAIN);
  if (size > 0 && size % STRIDE === 0) return size / STRIDE;
  throw new SslMemError(
    "DATA",
    `Expected a multiple of ${STRIDE} bytes (an image of STL-10) in ${path} but it has ${size}.`,
    "copy or download the file again",
  );
}

/** [count] labels from 0; the file counts from 1. */
async function labelsOf(path: string, count: number, classes: number): Promise<Uint8Array> {
  const labels = await wholeFile(path);
  if (labels.length !== count)
    throw new SslMemError(
      "DATA",
      `Expected ${count} labels, one for each image, in ${path} but it has ${labels.length}.`,
      "are both files of the same data set, and whole?",
    );
  const wrong = labels.findIndex((label) => label < 1 || label > classes);
  if (wrong >= 0)
    throw new SslMemError(
      "DATA",
      `Expected labels in [1, ${classes}] in ${path} but label ${wrong} is ${labels[wrong]}.`,
    );
  return labels.map((label) => label - 1);
}
