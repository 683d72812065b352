import { foreign } from "../text/foreign.js";
import { many, shortList } from "./taken.js";
import type { DataPart } from "./types.js";

export { isImageName } from "./image-names.js";
export { naturalOrder } from "./natural-order.js";

/** Words that name a part of a data set, whatever their case. */
const PARTS: Readonly<Record<string, DataPart>> = {
  train: "train",
  training: "train",
  trainset: "train",
  test: "test",
  testing: "test",
  testset: "test",
  val: "test",
  valid: "test",
  validation: "test",
  eval: "test",
  evaluation: "test",
  dev: "test",
};

/** The part that a word names, or undefined. */
export function partNamed(word: string): DataPart | undefined {
  return Object.hasOwn(PARTS, word.toLowerCase()) ? PARTS[word.toLowerCase()] : undefined;
}

/** What the folders of a data set stand for. */
export interface Layout {
  /** By folder, in the order given. */
  readonly parts: readonly DataPart[];
  /** By folder; null: its images have no label. */
  readonly labels: readonly (number | null)[];
  /** Sorted names of the classes, or null where there are no labels. */
  readonly labelNames: readonly string[] | null;
  readonly noLabels: string | null;
  /** Folders that were read as a part; none where the data set has no parts. */
  readonly from: Readonly<Record<DataPart, readonly string[]>>;
  /** What was decided about parts, and about classes. */
  readonly notes: readonly string[];
  readonly classNotes: readonly string[];
}

/**
 * Reads parts and classes out of the folders that hold images. Folders that all images share are no class. A folder is
 * a part (train, training; test, testing, val, valid, validation, eval, evaluation, dev) only beside one of the other
 * part; then only what lies in parts has classes. The next folder is the class; classes are those of the training
 * images, and there are at least two. An image in no class folder has no label.
 *
 * @param folders paths of folders with images in them, without doubles; "" is the root
 * @param counts images in each
 */
export function layoutOf(folders: readonly string[], counts: ArrayLike<number>): Layout {
  const paths = folders.map((folder) => folder.split("/").filter((name) => name !== "" && name !== "."));
  const shared = sharedFolders(paths);
  const tops = new Set(paths.map((path) => path[shared] ?? ""));
  const words = [...tops].filter((name) => partNamed(name) !== undefined);
  const has = (part: DataPart) => words.some((name) => partNamed(name) === part);
  const hasParts = has("train") && has("test");
  const partAt = (path: readonly string[]): DataPart | undefined =>
    hasParts ? partNamed(path[shared] ?? "") : undefined;
  const classes = paths.map((path) => {
    if (!hasParts) return path[shared] ?? null;
    return partAt(path) === undefined ? null : (path[shared + 1] ?? null);
  });
  const parts = paths.map((path) => partAt(path) ?? "train");
  const trained = new Set<string>();
  for (const [i, name] of classes.entries()) if (name !== null && parts[i] === "train") trained.add(name);
  const notes = hasParts ? partNotes(paths, counts, shared, words) : [];
  const alone = !hasParts && words.length > 0 ? [aloneNote(words)] : [];
  const names = [...trained].sort();
  const from = { train: [] as string[], test: [] as string[] };
  if (hasParts) for (const name of words.sort()) from[partNamed(name) as DataPart].push(name);
  if (names.length < 2) {
    const noLabels = whyNone(names, hasParts, paths[0]?.slice(0, shared) ?? []);
    return {
      parts,
      labels: folders.map(() => null),
      labelNames: null,
      noLabels,
      from,
      notes,
      classNotes: alone,
    };
  }
  const numbers = new Map(names.map((name, i) => [name, i]));
  const strangers = strangerNotes(classes, counts, numbers);
  const labels = classes.map((name) => (name === null ? null : (numbers.get(name) ?? null)));
  return {
    parts,
    labels,
    labelNames: names,
    noLabels: null,
    from,
    notes,
    classNotes: [...alone, ...strangers],
  };
}

function whyNone(names: readonly string[], hasParts: boolean, shared: readonly string[]): string {
  if (names.length > 0) return `there is only one class folder, ${foreign(names[0] ?? "")}`;
  if (hasParts) return "the training images lie in no class folders";
  if (shared.length > 0) return `all images lie in one folder, ${foreign(shared.join("/"))}`;
  return "the images lie in no class folders";
}

/** How many leading folders all images have in common, for instance one folder that the whole data set lies in. */
function sharedFolders(paths: readonly (readonly string[])[]): number {
  const first = paths[0] ?? [];
  let shared = first.length;
  for (const path of paths) {
    let same = 0;
    while (same < shared && path[same] === first[same]) same++;
    shared = same;
  }
  return shared;
}

function partNotes(
  paths: readonly (readonly string[])[],
  counts: ArrayLike<number>,
  shared: number,
  words: readonly string[],
): string[] {
  const notes: string[] = [];
  for (const part of ["train", "test"] as const) {
    const names = words.filter((name) => partNamed(name) === part).sort();
    if (names.length > 1)
      notes.push(
        `The folders ${shortList(names)} are all read as ${part === "test" ? "test" : "training"} images.`,
      );
  }
  let beside = 0;
  const where = new Set<string>();
  for (const [i, path] of paths.entries()) {
    const top = path[shared] ?? "";
    if (partNamed(top) !== undefined) continue;
    beside += counts[i] as number;
    where.add(top === "" ? "no folder" : top);
  }
  if (beside > 0)
    notes.push(
      `${many(beside, "image")} beside the folders ${shortList([...words].sort())} (in ${shortList([...where].sort())}) count as training images without a label.`,
    );
  return notes;
}

function aloneNote(words: readonly string[]): string {
  const names = shortList([...words].sort());
  const other = partNamed(words[0] as string) === "train" ? "test or val" : "train";
  return `A folder is a part only beside one of the other part: ${names} ${words.length === 1 ? "is read as a class" : "are read as classes"}, since there is no folder ${other} beside.`;
}

function strangerNotes(
  classes: readonly (string | null)[],
  counts: ArrayLike<number>,
  known: ReadonlyMap<string, number>,
): string[] {
  const strangers = new Set<string>();
  let images = 0;
  for (const [i, name] of classes.entries()) {
    if (name === null || known.has(name)) continue;
    strangers.add(name);
    images += counts[i] as number;
  }
  if (images === 0) return [];
  return [
    `${many(images, "test image")} in folders that are no class of the training images (${shortList([...strangers].sort())}) have no label.`,
  ];
}
