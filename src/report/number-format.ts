import type { Maybe } from "../analyze/types.js";
import { cutInMiddle } from "../text/foreign.js";

/** A number as it is printed on the page. */
export type NumberFormat = (value: number) => string;

const minus = (text: string): string => text.replace("-", "−");

/** A score with its sign: +0.0123. */
export const score: NumberFormat = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;

/** A number with that many decimals. */
export const decimals =
  (digits: number): NumberFormat =>
  (value) =>
    minus(value.toFixed(digits));

/** A share as per cent. */
export const percent: NumberFormat = (value) => `${(100 * value).toFixed(1)}\u00a0%`;

/** A level, such as 95 %. */
export const level: NumberFormat = (value) => `${Number((100 * value).toFixed(3))}\u00a0%`;

/** A p-value: small ones by their magnitude. */
export const pValue: NumberFormat = (value) =>
  value === 0 ? "< 1e−300" : value < 1e-3 ? minus(value.toExponential(1)) : value.toFixed(3);

/** A count with its thousands set apart by thin no-break spaces. */
export const count: NumberFormat = (value) =>
  minus(String(Math.round(value))).replace(/\B(?=(\d{3})+$)/g, "\u202f");

/** Any of these for what may not be defined. */
export const or = (format: NumberFormat, value: Maybe | undefined): string =>
  value === null || value === undefined ? "n/a" : format(value);

/** Sentences of the analysis as the page has them: no line begins with a per cent sign. */
export const prose = (text: string): string => text.replace(/(\d) %/g, "$1\u00a0%");

/** Letters that a label of a plot has at most in a line. */
export const LABEL = 44;

/** A text that is at most so long, cut in its middle: the ends of names tell them apart. */
export const shortened = (text: string, most = LABEL): string => cutInMiddle(text, most);
