import { SslMemError } from "../errors.js";
import { foreign } from "../text/foreign.js";

/** Longest representation whose square is a float32, which probes and nearest neighbours compute. */
const LONGEST = Math.sqrt((2 - 2 ** -23) * 2 ** 127);

/**
 * Refuses representations that nothing can be computed from: NaN, infinite, or so long that their length overflows float32.
 *
 * @param values float32 [images, dim] @param whose the encoder's weights @param idOf the name of an image, by its row
 * @throws SslMemError NUMERIC naming the weights and the first such image
 */
export function checkRepresentations(
  values: Float32Array,
  dim: number,
  whose: string,
  idOf: (row: number) => string,
): void {
  for (let row = 0; row * dim < values.length; row++) {
    let squares = 0;
    for (let i = row * dim; i < (row + 1) * dim; i++) squares += (values[i] as number) ** 2;
    if (squares <= LONGEST ** 2) continue;
    const what = Number.isFinite(squares)
      ? `are ${Math.sqrt(squares).toPrecision(2)} long`
      : "are not finite";
    throw new SslMemError(
      "NUMERIC",
      `Expected representations that float32 can hold from ${whose} but those of ${foreign(idOf(row))} ${what}.`,
      "the training that made these weights has diverged, or they need inputs normalised otherwise: an earlier checkpoint",
    );
  }
}
