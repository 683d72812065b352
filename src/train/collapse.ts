import type { Settings } from "../config/all-settings.js";
import { blaming, ownName } from "../faults/index.js";
import { METHODS } from "../methods/registry.js";
import type { Method } from "../methods/types.js";
import { valuesOf } from "../settings/registry.js";
import type { MetricsPoint } from "./metrics.js";

/**
 * Spread below which an encoder has collapsed: the cosine of two images' representations is then 1 − 0.02² = 0.9996 in the mean.
 * Rounding to bf16 alone would look like 0.001.
 */
const COLLAPSED = 0.02;
/**
 * Batch normalisation inside of an encoder keeps one that has nothing left to tell above that: a ResNet-9 that is trained for
 * nothing but one representation falls from 0.4 to 0.05. So a spread below 0.1 (a cosine of 0.99) counts, too, where it is less than
 * a quarter of the first one. Where it has been that small from the beginning, as of tokens that are mostly their positions, it tells
 * nothing.
 */
const LOW = 0.1;
const FALLEN = 1 / 4;
/** Lines of metrics.jsonl that must say so one after the other: one may be a bad batch. */
const LINES = 3;
/** Share of the epochs in which nothing is said: learning rates warm up, and losses begin where a collapse would leave them. */
const EARLY = 0.2;

/**
 * Whether the last values of a training say that its encoder has collapsed: gives all images the same representation.
 *
 * @param points of metrics.jsonl, in order
 * @returns a sentence about it with a capital, or null
 */
export function collapseOf(
  points: readonly MetricsPoint[],
  settings: Pick<Settings, "method" | "epochs">,
): string | null {
  const last = points.slice(-LINES);
  const isEarly = last.some(({ epoch }) => epoch + 1 <= EARLY * settings.epochs);
  if (last.length < LINES || isEarly) return null;
  const method = (METHODS as unknown as Method[]).find(({ name }) => name === settings.method);
  const values = method && valuesOf(method.settings, settings);
  const signs = [
    ({ metrics: { spread } }: MetricsPoint) =>
      spread === undefined || method?.collapses === false || !isCollapsed(spread, points[0]?.metrics.spread)
        ? null
        : `different images have nearly the same representation: their spread is ${spread.toPrecision(2)} (about 1 where directions are independent, 0 where there is one)`,
    ({ loss, metrics }: MetricsPoint) =>
      (values &&
        blaming(`collapse() of ${ownName("method", method.name)}`, () =>
          method.collapse?.({ loss, metrics }, values),
        )) ??
      null,
  ];
  for (const sign of signs) {
    const said = last.map(sign);
    if (said.every((one) => one !== null))
      return `At step ${last.at(-1)?.step} ${said.at(-1)}: the encoder seems to have collapsed.`;
  }
  return null;
}

/** @param first of the training's lines */
const isCollapsed = (spread: number, first = 0): boolean =>
  spread < COLLAPSED || (spread < LOW && spread < FALLEN * first);
