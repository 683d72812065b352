import type * as Tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import type { Network } from "../nn/types.js";
import { drawnOrder, orderOf } from "./drawn-order.js";
import { gridOf, type PatchGrid } from "./patch-grid.js";

/** Longer over shorter side of a target block before rounding: the geometric middle of 1 and the authors' 1.5. */
const ASPECT = Math.sqrt(1.5);
/** Numbers that one block takes: whether it is turned, its top, its left. */
const NUMBERS = 3;

/** The blocks of I-JEPA on a grid of patches. */
export interface Blocks extends PatchGrid {
  /** Target blocks of an image. */
  readonly targets: number;
  /** Patches on a block's longer side, which stands or lies. */
  readonly long: number;
  readonly short: number;
  /** Patches that the context has. */
  readonly kept: number;
}

/** Uniform numbers that an image's blocks take: `blocks` for places, `context` for the patches that are seen. */
export const numbersOf = ({ targets, side }: Blocks) => ({ blocks: NUMBERS * targets, context: side ** 2 });

/**
 * How large blocks are, the same for all images of a training, so that a step has the same shapes whatever is drawn.
 *
 * @param scale share of the patches in a target block
 * @throws SslMemError USAGE for blocks that leave nothing to see
 */
export function blocksOf(network: Network, targets: number, scale: number): Blocks {
  const grid = gridOf(network, "I-JEPA");
  const patches = grid.side ** 2;
  const within = (length: number) => Math.min(grid.side, Math.max(1, Math.round(length)));
  const long = within(Math.sqrt(scale * patches * ASPECT));
  const short = within(Math.sqrt((scale * patches) / ASPECT));
  // As many as are left where no two blocks overlap.
  const kept = patches - targets * long * short;
  if (kept >= 1) return { ...grid, targets, long, short, kept };
  throw new SslMemError(
    "USAGE",
    `Expected --target-blocks and --target-scale that leave some of ${patches} patches as context but received ${targets} blocks of ${long} × ${short} patches.`,
    "fewer or smaller blocks, smaller patches (--arch), or a larger --image-size",
  );
}

/** Blocks as they are drawn, on the engine's device. */
export interface DrawnBlocks {
  /** int32 [n · targets, patches of a block]: an image's blocks follow one another, patches row by row */
  readonly targets: Tf.Tensor2D;
  /** int32 [n, kept] */
  readonly context: Tf.Tensor2D;
}

/**
 * Draws blocks: each stands or lies, anywhere in the grid; the context are patches outside of all of them, as many as are
 * always there, those with the smallest numbers.
 *
 * @param blocks float32 [n, numbersOf.blocks] in [0, 1) @param context float32 [n, numbersOf.context] in [0, 1)
 */
export function drawBlocks(
  blocks: Tf.Tensor2D,
  context: Tf.Tensor2D,
  { side, targets, long, short, kept }: Blocks,
  tf: typeof Tf,
): DrawnBlocks {
  const n = blocks.shape[0];
  const whole = (value: number) => tf.scalar(value, "int32");
  const drawn = tf.split(tf.reshape(blocks, [n, targets, NUMBERS]), NUMBERS, 2);
  const [turned, down, right] = drawn as [Tf.Tensor, Tf.Tensor, Tf.Tensor];
  const stands = tf.less(turned, 0.5);
  const high = tf.where(stands, whole(long), whole(short));
  const wide = tf.where(stands, whole(short), whole(long));
  const start = (u: Tf.Tensor, length: Tf.Tensor) =>
    tf.cast(tf.mul(u, tf.cast(tf.sub(whole(side + 1), length), "float32")), "int32");
  const [top, left] = [start(down, high), start(right, wide)];
  const rowAndColumn = (place: Tf.Tensor, width: Tf.Tensor) => {
    const row = tf.floorDiv(place, width);
    return [row, tf.sub(place, tf.mul(row, width))] as const;
  };
  const [row, column] = rowAndColumn(tf.range(0, long * short, 1, "int32"), wide);
  const places = tf.add(tf.mul(tf.add(top, row), whole(side)), tf.add(left, column));
  const [y, x] = rowAndColumn(tf.range(0, side * side, 1, "int32"), whole(side));
  const within = (at: Tf.Tensor, from: Tf.Tensor, length: Tf.Tensor) =>
    tf.logicalAnd(tf.greaterEqual(at, from), tf.less(at, tf.add(from, length)));
  const covered = tf.any(tf.logicalAnd(within(y, top, high), within(x, left, wide)), 1);
  // Numbers are below 1: what is covered comes after all the rest.
  const order = drawnOrder(tf.add(context, tf.cast(covered, "float32")), tf);
  return {
    targets: tf.reshape(places, [n * targets, long * short]),
    context: tf.slice(order, [0, 0], [n, kept]),
  };
}

/** The same for one image, without an engine. @param blocks float32 [numbersOf.blocks] @param context float32 [numbersOf.context] */
export function blocksAt(
  blocks: Float32Array,
  context: Float32Array,
  { side, targets, long, short, kept }: Blocks,
): { targets: number[][]; context: number[] } {
  const covered = new Set<number>();
  const places = Array.from({ length: targets }, (_, block) => {
    const [turned, down, right] = blocks.subarray(NUMBERS * block) as unknown as [number, number, number];
    const [high, wide] = turned < 0.5 ? [long, short] : [short, long];
    // In float32, as on a device.
    const start = (u: number, length: number) => Math.floor(Math.fround(u * (side + 1 - length)));
    const [top, left] = [start(down, high), start(right, wide)];
    return Array.from({ length: high * wide }, (_, i) => {
      const place = (top + Math.floor(i / wide)) * side + left + (i % wide);
      covered.add(place);
      return place;
    });
  });
  const numbers = context.map((value, place) => value + (covered.has(place) ? 1 : 0));
  return { targets: places, context: orderOf(numbers).slice(0, kept) };
}
