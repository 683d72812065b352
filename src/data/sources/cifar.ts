import { statSync } from "node:fs";
import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import { naturalOrder } from "../natural-order.js";
import type { SourceKind } from "../types.js";
import { AGAIN, emptySource } from "./empty-source.js";
import { Handles } from "./handles.js";
import { placeOf, whyAt } from "./nested.js";
import { aside, namesIn, type RecordFile, type RecordSet, RecordSource, wholeFile } from "./raw.js";
import { textOf } from "./utf8.js";

const PIXELS = 32 * 32 * 3;
/** Records that are read at once for their labels. */
const AT_ONCE = 512;

const BELOW = ["cifar-10-batches-bin", "cifar-100-binary"];
const isTen = (names: readonly string[]): boolean => names.some((name) => /^data_batch_\d+\.bin$/.test(name));
const isHundred = (names: readonly string[]): boolean =>
  names.includes("train.bin") && names.includes("fine_label_names.txt");
const placed = (root: string) => placeOf(root, BELOW, (names) => isTen(names) || isHundred(names));

/** CIFAR-10 (data_batch_1.bin …, test_batch.bin) and CIFAR-100 (train.bin, test.bin), binary version. */
export const cifar: SourceKind = {
  kind: "cifar",
  summary: "CIFAR-10 or CIFAR-100, binary version",
  async recognise(data) {
    const place = placed(data);
    if (place === null) return null;
    return whyAt(
      place,
      isTen(namesIn(join(data, place)))
        ? "data_batch_1.bin and the like"
        : "train.bin and fine_label_names.txt",
    );
  },
  open: async (root) => new RecordSource("cifar", root, () => look(root)),
};

async function look(root: string): Promise<RecordSet> {
  const place = placed(root) ?? "";
  const folder = join(root, place);
  const names = namesIn(folder).sort(naturalOrder);
  const ten = isTen(names);
  const labelBytes = ten ? 1 : 2;
  const own = names.filter((name) =>
    (ten ? /^(data_batch_\d+|test_batch)\.bin$/ : /^(train|test)\.bin$/).test(name),
  );
  if (own.length === 0)
    throw emptySource(
      root,
      "no file of CIFAR's binary version (data_batch_1.bin or train.bin) is there",
      "--source-kind auto looks at what is there",
    );
  const listed = names.find((name) => name === (ten ? "batches.meta.txt" : "fine_label_names.txt"));
  const labelNames = await namesOf(listed === undefined ? null : join(folder, listed), ten ? 10 : 100);
  const files: RecordFile[] = [];
  const handles = new Handles();
  try {
    for (const name of own) {
      const path = join(folder, name);
      const stride = labelBytes + PIXELS;
      const count = countOf(path, stride);
      const labels = await labelsOf(handles, path, { stride, count, at: labelBytes - 1 });
      checkLabels(labels, labelNames.length, path, listed);
      files.push({
        file: place === "" ? name : `${place}/${name}`,
        part: name.startsWith("test") ? "test" : "train",
        header: 0,
        stride,
        pixels: labelBytes,
        width: 32,
        height: 32,
        channels: 3,
        count,
        order: "planar",
        labels,
        unpacked: null,
      });
    }
  } finally {
    await handles.close();
  }
  const used = new Set(listed === undefined ? own : [...own, listed]);
  const why = whyAt(place, own[0] as string);
  return { why, files, labelNames, noLabels: null, notes: [], ...aside(root, place, used) };
}

async function namesOf(path: string | null, count: number): Promise<string[]> {
  const lines = path === null ? [] : textOf(await wholeFile(path)).split("\n");
  const names = lines.map((line) => line.trim()).filter((line) => line !== "");
  return names.length === 0 ? Array.from({ length: count }, (_, i) => String(i)) : names;
}

function countOf(path: string, stride: number): number {
  const { size } = statSync(path);
  if (size === 0) throw emptySource(path, "the file is empty (0 bytes)", AGAIN);
  if (size > 0 && size % stride === 0) return size / stride;
  throw new SslMemError(
    "DATA",
    `Expected a multiple of ${stride} bytes (a record of CIFAR) in ${path} but it has ${size}.`,
    "copy or download the file again",
  );
}

async function labelsOf(
  handles: Handles,
  path: string,
  { stride, count, at }: { stride: number; count: number; at: number },
): Promise<Uint8Array> {
  const labels = new Uint8Array(count);
  for (let first = 0; first < count; first += AT_ONCE) {
    const some = Math.min(AT_ONCE, count - first);
    const bytes = await handles.read(path, first * stride, some * stride);
    for (let i = 0; i < some; i++) labels[first + i] = bytes[i * stride + at] as number;
  }
  return labels;
}

function checkLabels(labels: Uint8Array, classes: number, path: string, listed: string | undefined): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  throw new SslMemError(
    "DATA",
    `Expected labels below ${classes}${listed === undefined ? "" : ` (the names in ${listed})`} in ${path} but record ${wrong} has ${labels[wrong]}.`,
    listed === undefined
      ? "copy or download the file again"
      : `is ${listed} whole, and are these files of the same data set?`,
  );
}
