import { z } from "zod";

/** A number, or null with the reason in `why`. */
export const maybe = z.number().nullable();
export const count = z.number().int().min(0);
export const share = z.number().min(0).max(1);
/** An interval at the level of `intervals.level`; null where it is not defined. */
export const interval = z.object({ low: maybe, high: maybe });
/** A figure and its interval. */
export const estimate = z.object({ value: maybe, low: maybe, high: maybe });
/** Which images a comparison is between: a subset, or what f trained on and what it did not. */
export const subset = z.string();
