import { extent } from "../src/arrays.js";

// biome-ignore lint/suspicious/noExplicitAny: what a program prints differs from one to the other
export type Program = (name: string, ...args: string[]) => any;
export type Printed = Record<string, number> & { engine: { bf16: string }; peer: string };

/** Runs ours and the peer three times in turns, so that a slow spell of the machine hits both. */
export const inTurns = (ours: () => unknown, other: () => unknown) =>
  [1, 2, 3].map(() => ({ ours: ours() as Printed, other: other() as Printed }));

/** The largest of a program's rates over the turns. */
export const best = (rates: readonly (number | undefined)[]): number => extent(rates.map(Number))[1];
