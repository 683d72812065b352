/**
 * Shifts and scales every column to mean 0 and deviation 1 over the training rows, as scikit-learn's StandardScaler:
 * then one penalty and one learning rate suit encoders of any scale. A column that does not vary becomes 0.
 *
 * @param train float32 [n, dim] @param others float32 [m, dim], treated with the training rows' numbers
 * @returns new arrays
 */
export function standardize(
  train: Float32Array,
  others: Float32Array,
  dim: number,
): [Float32Array, Float32Array] {
  const n = train.length / dim;
  const mean = new Float64Array(dim);
  for (const [i, value] of train.entries()) mean[i % dim] = (mean[i % dim] as number) + value / n;
  const variance = new Float64Array(dim);
  for (const [i, value] of train.entries()) {
    const column = i % dim;
    variance[column] = (variance[column] as number) + (value - (mean[column] as number)) ** 2 / n;
  }
  const scale = variance.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 0));
  const apply = (values: Float32Array) =>
    values.map((value, i) => (value - (mean[i % dim] as number)) * (scale[i % dim] as number));
  return [apply(train), apply(others)];
}
