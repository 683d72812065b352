// Losses of two views' embeddings beside PyTorch's (test/golden/torch/make_twoview.py) and slow loops written from the papers.
import type { ExecutionContext } from "ava";
import * as ops from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { farthest } from "../close.js";
import { uniform } from "../counted.js";
import { readGolden } from "./golden-steps.js";

/** What losses compute with. */
export const TOOLS = { tf, ops };
export const golden = readGolden("twoview.json");

/** Rows of numbers. */
export type Rows = readonly (readonly number[])[];

/** An array of counted.py as rows. */
export function rowsOf(name: string, [rows, width]: readonly [number, number]): number[][] {
  const values = Float32Array.from(uniform(name, rows * width));
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * width, (row + 1) * width)]);
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
export const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/**
 * Value and gradients of a loss at every shape of the golden: ours, PyTorch's, lightly's and a slow loop's are one.
 *
 * @param ours of the embeddings of two views; those that the golden has no gradient of are not differentiated
 * @param slow the same in plain numbers
 */
export function assertPairLoss(
  t: ExecutionContext,
  name: string,
  ours: (a: tf.Tensor2D, b: tf.Tensor2D, shape: readonly [number, number]) => tf.Scalar,
  slow: (a: Rows, b: Rows, shape: readonly [number, number]) => number,
): void {
  // biome-ignore lint/suspicious/noExplicitAny: as readGolden
  const cases = golden.losses.filter((one: any) => one.name === name);
  t.is(cases.length, 2);
  for (const { shape, value, lightly, gradients } of cases) {
    const view = (number: number) => rowsOf(`${name} ${number} (${shape.join(", ")})`, shape);
    const views = [view(1), view(2)] as const;
    t.is(farthest([slow(...views, shape)], [value], 0, 1e-9), null, "the slow loop");
    t.is(farthest([lightly], [value], 0, 1e-9), null, "lightly");
    tf.tidy(() => {
      const inputs = views.map((rows) => tf.tensor2d(rows));
      const of = (...given: tf.Tensor[]) => {
        const [a, b] = [...given, ...inputs.slice(given.length)] as [tf.Tensor2D, tf.Tensor2D];
        return ours(a, b, shape);
      };
      const found = tf.valueAndGrads(of)(inputs.slice(0, gradients.length));
      t.is(farthest(found.value.dataSync(), [value], 0, 1e-5), null, "value");
      for (const [i, expected] of gradients.entries()) {
        const largest = expected.reduce((most: number, x: number) => Math.max(most, Math.abs(x)), 0);
        const own = (found.grads[i] as tf.Tensor).dataSync();
        t.is(farthest(own, expected, 1e-5 * largest), null, `gradient ${i}`);
      }
    });
  }
}
