/** A number, or null where it is not defined. */
type Maybe = number | null;

/** A score with its sign, or n/a. */
export const signed = (value: Maybe, digits = 4): string =>
  value === null ? "n/a" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
/** A number without a sign of its own, or n/a. */
export const plain = (value: Maybe, digits = 4): string => (value === null ? "n/a" : value.toFixed(digits));
/** A share as a percentage. */
export const percent = (value: Maybe): string => (value === null ? "n/a" : `${(100 * value).toFixed(1)} %`);
/** A p-value as people write them. */
export const p = (value: Maybe): string =>
  value === null
    ? "n/a"
    : value === 0
      ? "< 1e-300"
      : value < 1e-3
        ? value.toExponential(1)
        : value.toFixed(3);
/** What the error of one image's score covers. */
export const errorOver = (pairs: number): string => (pairs > 1 ? "over views and pairs" : "over views");
