/** A way to compare two representations: one file, and one line in registry.ts. */
export interface DistanceDefinition {
  readonly name: string;
  /** One line: what it computes. */
  readonly summary: string;
  /**
   * The distance of two representations, >= 0, in float64. Where it is left out the native core computes it.
   *
   * @param u, v [dim], finite; scaled to unit length (a zero vector stays zero) unless --no-normalize
   */
  between?(u: Float64Array, v: Float64Array): number;
}
