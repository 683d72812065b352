import { classOf, jsonLabelOf, type LabelValues, UNLABELLED } from "./label-values.js";
import type { Member } from "./scan.js";

/** Endings of the files beside an image that make a WebDataset sample with it. */
export const SIDECARS = [".cls", ".json", ".txt"] as const;
/** JSON files up to this long are read while the archive is scanned; longer ones when they are needed. */
const READ_AT_ONCE = 1 << 16;

const NOT_THERE = -2;

/** The files beside images in one archive, by name without the ending. */
export class Sidecars {
  readonly #numbers = new Map<string, number>();
  readonly #classes: number[] = [];
  readonly #json: number[] = [];
  readonly #endings: number[] = [];
  readonly #used: boolean[] = [];
  /** JSON that is damaged or long: how to get its label, or throw. */
  readonly #later = new Map<number, () => string>();

  constructor(readonly values: LabelValues) {}

  get count(): number {
    return this.#numbers.size;
  }

  /** @param stem its name without the ending @param reread its contents at a later time */
  add(
    stem: string,
    ending: (typeof SIDECARS)[number],
    member: Member,
    name: string,
    reread: () => Buffer,
  ): void {
    let number = this.#numbers.get(stem);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(stem, number);
      this.#classes.push(NOT_THERE);
      this.#json.push(NOT_THERE);
      this.#endings.push(0);
      this.#used.push(false);
    }
    (this.#endings[number] as number) |= 1 << SIDECARS.indexOf(ending);
    if (ending === ".cls") this.#classes[number] = this.values.of(classOf(member.content(), name));
    else if (ending === ".json") this.#addJson(number, member, name, reread);
  }

  #addJson(number: number, member: Member, name: string, reread: () => Buffer): void {
    this.#json[number] = UNLABELLED;
    this.#later.delete(number);
    if (member.bytes > READ_AT_ONCE) {
      this.#later.set(number, () => jsonLabelOf(reread(), name));
      return;
    }
    try {
      this.#json[number] = this.values.of(jsonLabelOf(member.content(), name));
    } catch (error) {
      // It is to be mended only if its label is needed.
      this.#later.set(number, () => {
        throw error;
      });
    }
  }

  has(stem: string): boolean {
    return this.#numbers.has(stem);
  }

  /**
   * The label of an image, and marks its files as used.
   * @returns its value; UNLABELLED; undefined when neither .cls nor .json say anything about labels
   */
  labelOf(stem: string): number | undefined {
    const number = this.#numbers.get(stem);
    if (number === undefined) return undefined;
    this.#used[number] = true;
    const label = this.#classes[number] as number;
    if (label !== NOT_THERE) return label;
    const later = this.#later.get(number);
    if (later !== undefined) return this.values.of(later());
    const json = this.#json[number] as number;
    return json === NOT_THERE ? undefined : json;
  }

  /** Calls back for each file that belongs to no image. */
  unused(visit: (name: string, ending: string) => void): void {
    for (const [stem, number] of this.#numbers) {
      if (this.#used[number]) continue;
      for (const [bit, ending] of SIDECARS.entries())
        if ((this.#endings[number] as number) & (1 << bit)) visit(stem + ending, ending);
    }
  }
}

/** The images of one archive by column; of those with the same name the last counts, as when tar unpacks them. */
export class TarImages {
  readonly names: string[] = [];
  readonly offsets: number[] = [];
  readonly bytes: number[] = [];
  readonly #rows = new Map<string, number>();

  /** @returns whether the name is there a second time */
  add(name: string, offset: number, bytes: number): boolean {
    const before = this.#rows.get(name);
    this.#rows.set(name, this.names.length);
    if (before !== undefined) this.bytes[before] = -1;
    this.names.push(name);
    this.offsets.push(offset);
    this.bytes.push(bytes);
    return before !== undefined;
  }

  /** Whether a row counts: no later one has the same name. */
  counts(row: number): boolean {
    return (this.bytes[row] as number) >= 0;
  }

  /** Forgets what is only needed while members are added. */
  seal(): void {
    this.#rows.clear();
  }
}
