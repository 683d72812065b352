import { z } from "zod";
import type { Kind } from "./kinds.js";

/** Length of a warm-up: a share of all steps, in [0, 0.9], or passes over the images, or steps. */
export type Warmup = number | `${number}ep` | `${number}steps`;

const NUMBER = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const LONG = /^(\d+(\.\d+)?ep|\d+steps)$/;

/** A warm-up as a setting has it: 0.1, 10ep or 500steps. */
export function warmupLength(): Kind<Warmup> {
  const long = z.string().regex(LONG) as unknown as z.ZodType<`${number}ep` | `${number}steps`>;
  return {
    schema: z.union([z.number().min(0).max(0.9), long]),
    expected: "a share of all steps in [0, 0.9], or epochs (10ep), or steps (500steps)",
    fromText: (text) => (NUMBER.test(text.trim()) ? Number(text) : text.trim()),
    isSwitch: false,
  };
}

/** A warm-up in steps, rounded half up. @param of all steps, and the passes that they make */
export function warmupSteps(warmup: Warmup, { steps, epochs }: { steps: number; epochs: number }): number {
  if (typeof warmup === "number") return Math.round(steps * warmup);
  const length = Number.parseFloat(warmup);
  return warmup.endsWith("ep") ? Math.round((length * steps) / epochs) : length;
}
