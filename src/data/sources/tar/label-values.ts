import { SslMemError } from "../../../errors.js";
import { foreign } from "../../../text/foreign.js";
import { textOf, wellFormed } from "../utf8.js";

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const LONGEST = 1024;

/** No label: the file that would give one is empty, or there is none in it. */
export const UNLABELLED = -1;

/** The labels that occur, each a text, numbered as they are met and in the end in sorted order. */
export class LabelValues {
  readonly #numbers = new Map<string, number>();

  /** The number of a label, or UNLABELLED when the text is empty. */
  of(text: string): number {
    if (text === "") return UNLABELLED;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(text, number);
    }
    return number;
  }

  /** Sorted names (as numbers where all are), and by the number that `of` gave the place in them. */
  sorted(): { names: string[]; places: Int32Array } {
    const names = [...this.#numbers.keys()].sort(orderOf([...this.#numbers.keys()]));
    const places = new Int32Array(names.length);
    for (const [place, name] of names.entries()) places[this.#numbers.get(name) as number] = place;
    return { names, places };
  }
}

function orderOf(names: readonly string[]): (a: string, b: string) => number {
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  if (names.every((name) => INTEGER.test(name))) {
    const values = new Map(names.map((name) => [name, BigInt(name.replace(/^\+/, ""))]));
    return (a, b) => {
      const [x, y] = [values.get(a) as bigint, values.get(b) as bigint];
      return x < y ? -1 : x > y ? 1 : byText(a, b);
    };
  }
  if (names.every((name) => NUMBER.test(name))) return (a, b) => Number(a) - Number(b) || byText(a, b);
  return byText;
}

/** The label in a .cls file: its text. Throws SslMemError DATA, naming the member, when it is too long for one. */
export function classOf(content: Buffer, member: string): string {
  if (content.length > LONGEST)
    throw new SslMemError(
      "DATA",
      `Expected a label in ${foreign(member)} but it holds ${content.length} bytes (at most ${LONGEST} are).`,
    );
  return textOf(content).replace(/\0+$/, "").trim();
}

/**
 * The label in a .json file: its member `label`, a number or a text; "" when there is none.
 * Throws SslMemError DATA, naming the member, when it is no JSON object.
 */
export function jsonLabelOf(content: Buffer, member: string): string {
  // Some programs begin UTF-8 with a byte order mark, which is no JSON.
  const text = textOf(content).replace(/^\ufeff/, "");
  let value: unknown;
  try {
    value = JSON.parse(withoutNaN(text));
  } catch (cause) {
    throw new SslMemError("DATA", `Expected JSON in ${foreign(member)} but it is damaged.`, MEND, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const is = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
    throw new SslMemError("DATA", `Expected a JSON object in ${foreign(member)} but it is ${is}.`, MEND);
  }
  const label = (value as { label?: unknown }).label;
  if (typeof label === "string") return wellFormed(label).trim();
  if (typeof label !== "number") return "";
  // Beyond 2^53 neighbours would become one number.
  const exact = Number.isSafeInteger(label) ? null : /"label"\s*:\s*(-?[\d.eE+-]+)/.exec(text);
  return exact === null ? String(label) : (exact[1] as string);
}

/** Python's json writes NaN and Infinity, which JSON does not have: none of them is a label. */
const withoutNaN = (text: string): string =>
  /NaN|Infinity/.test(text)
    ? text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
        token.startsWith('"') ? token : "null",
      )
    : text;

const MEND = 'write the archive again, with the label in a .cls file or as {"label": …}';
