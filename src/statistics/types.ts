/** A number, or null where it is not defined. */
export type Maybe = number | null;

/** A figure and its interval. */
export interface Estimate {
  value: Maybe;
  low: Maybe;
  high: Maybe;
}
