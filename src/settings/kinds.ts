import { z } from "zod";
import { isShare } from "../data/share.js";

/**
 * A kind of value that a setting can have: how it is checked, how it is read from the text of a flag, and the words
 * that an error uses for it ("Expected <expected> for --views but received ...").
 */
export interface Kind<T> {
  readonly schema: z.ZodType<T>;
  readonly expected: string;
  /** Turns the text of a flag into the value to be checked; text that does not fit is handed on as it is. */
  fromText(text: string): unknown;
  /** True for switches, which need no value on the command line. */
  readonly isSwitch: boolean;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const numberFromText = (text: string): unknown => (NUMBER.test(text.trim()) ? Number(text) : text);

/** A whole number in [min, max]. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    schema: z.number().int().min(min).max(max),
    expected:
      max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer in [${min}, ${max}]`,
    fromText: numberFromText,
    isSwitch: false,
  };
}

/** A finite number in [min, max], or (min, max] with `openMin`. */
export function real(min: number, max: number, openMin = false): Kind<number> {
  const base = z.number().max(max);
  return {
    schema: openMin ? base.gt(min) : base.min(min),
    expected: `a number in ${openMin ? "(" : "["}${min}, ${max}]`,
    fromText: numberFromText,
    isSwitch: false,
  };
}

/** A share of the images in [0, 1], or how many of them as an integer above 1; 0 leaves the subset empty. */
export function shareOrCount(): Kind<number> {
  return {
    schema: z
      .number()
      .min(0)
      .refine((value) => isShare(value) || Number.isSafeInteger(value)),
    expected: "a share in [0, 1] (1 is all) or a whole number of images above 1",
    fromText: numberFromText,
    isSwitch: false,
  };
}

/** Text that is not empty; names out of a registry are checked against it later, when the registry is loaded. */
export function text(expected = "text"): Kind<string> {
  return { schema: z.string().min(1), expected, fromText: (value) => value, isSwitch: false };
}

/** One of a fixed list of words. */
export function oneOf<const W extends readonly [string, ...string[]]>(words: W): Kind<W[number]> {
  return {
    schema: z.enum(words) as z.ZodType<W[number]>,
    expected: `one of ${words.join(", ")}`,
    fromText: (value) => value,
    isSwitch: false,
  };
}

/** true or false; on the command line --name and --no-name. */
export function toggle(): Kind<boolean> {
  return {
    schema: z.boolean(),
    expected: "true or false",
    fromText: (value) => (value === "true" ? true : value === "false" ? false : value),
    isSwitch: true,
  };
}

/** The kind, or null; `word` is what stands for null on the command line and in a file. */
export function orNull<T>(kind: Kind<T>, word: string): Kind<T | null> {
  return {
    schema: z.preprocess(
      (value) => (value === word ? null : value),
      kind.schema.nullable(),
    ) as z.ZodType<T | null>,
    expected: `${kind.expected}, or ${word}`,
    fromText: (value) => (value === word ? null : kind.fromText(value)),
    isSwitch: kind.isSwitch,
  };
}
