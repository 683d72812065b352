import type { DataPart, SourceEntry } from "./types.js";

const PARTS: Record<string, DataPart> = {
  train: "train",
  test: "test",
  val: "test",
  valid: "test",
  validation: "test",
};
const IMAGE = /\.(jpe?g|png|webp)$/i;

/** Whether a file name is that of an image that we read. */
export function isImageName(name: string): boolean {
  return IMAGE.test(name) && !name.split("/").some((part) => part.startsWith("."));
}

/**
 * Reads part and class out of relative paths: a first folder named train, test or val is the part, and the next folder
 * the class. Labels exist only if every image lies in a class folder and there are at least two of them.
 *
 * @returns names of the labels, or null; fills `part` and `label` of the entries
 */
export function labelByFolder(
  entries: SourceEntry[],
  pathOf: (entry: SourceEntry) => string,
): string[] | null {
  const classes = entries.map((entry) => {
    const folders = pathOf(entry).split("/").slice(0, -1);
    const part = PARTS[folders[0]?.toLowerCase() ?? ""];
    entry.part = part ?? "train";
    return (part === undefined ? folders : folders.slice(1))[0] ?? null;
  });
  const names = [...new Set(classes)].sort();
  if (names.length < 2 || names.includes(null)) return null;
  const numbers = new Map(names.map((name, i) => [name, i]));
  for (const [i, entry] of entries.entries()) entry.label = numbers.get(classes[i] as string) as number;
  return names as string[];
}

/** Order of paths as a person counts: 2 before 10; the same on every machine. */
export function naturalOrder(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    const numbers = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
    if (numbers !== 0) return numbers;
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
