import { createHash } from "node:crypto";
import * as tf from "../engine/tf.js";
import { valuesOnce } from "../engine/values-once.js";
import { SslMemError } from "../errors.js";
import { blaming } from "../faults/index.js";
import { keyOf, type RandomKey } from "../native/index.js";
import type { StoredTensor } from "./safetensors.js";
import type { DeferredTensor } from "./safetensors-write.js";
import type { Layout, ParameterSpec, Weights } from "./types.js";

const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/**
 * The stream of a parameter's initial values, by the first 64 bits of its name's SHA-256: another parameter, before it or in
 * another network, does not change them.
 */
export function initialKey(name: string, seed: number): RandomKey {
  const hash = createHash("sha256").update(name).digest();
  return keyOf("initialWeight", seed, { epoch: hash.readUInt32BE(0), sample: hash.readUInt32BE(4) });
}

/**
 * Variables with initial values for every parameter, keyed by seed and name. The caller disposes of them.
 *
 * @param owner whose the parameters are, for errors: `architecture "resnet9"`
 * @throws SslMemError USAGE for initial values that do not fill a parameter
 */
export function initialWeights(
  specs: readonly ParameterSpec[],
  seed: number,
  owner = "a network",
): Map<string, tf.Variable> {
  return new Map(
    specs.map((spec) => {
      const key = initialKey(spec.name, seed);
      const tensor = blaming(`the initial value of ${spec.name} of ${owner}`, () =>
        tf.tensor(spec.initial(key, new Float32Array(size(spec.shape))), [...spec.shape]),
      );
      const made = tf.variable(tensor, spec.isLearned);
      tensor.dispose();
      return [spec.name, made];
    }),
  );
}

/** Axes that take TensorFlow.js' layout to PyTorch's, and back. */
const TO_TORCH: Readonly<Record<Layout, { to: number[]; from: number[] } | null>> = {
  filter: { to: [3, 2, 0, 1], from: [2, 3, 1, 0] },
  matrix: { to: [1, 0], from: [1, 0] },
  same: null,
};

/**
 * The arrays of a network in PyTorch's layout, as they are stored. Each is made when its data are asked for, so that a file
 * can be written with one of them in memory; the weights must stay as they are until then.
 */
export function exportWeights(
  specs: readonly ParameterSpec[],
  weights: Weights,
): Map<string, DeferredTensor> {
  return new Map(
    specs.map((spec) => {
      const value = weights.get(spec.name) as tf.Variable;
      const axes = TO_TORCH[spec.layout]?.to;
      const data = () =>
        (axes === undefined ? value.dataSync() : valuesOnce(() => tf.transpose(value, axes))) as Float32Array;
      return [spec.name, { shape: storedShape(spec), data }];
    }),
  );
}

/** Shape of a parameter as it is stored. */
export function storedShape({ layout, shape }: ParameterSpec): readonly number[] {
  return TO_TORCH[layout]?.to.map((axis) => shape[axis] as number) ?? shape;
}

/**
 * Checks stored arrays before anything is computed with them.
 *
 * @param stored by the network's names, all of them @param whose file name, for errors
 * @throws SslMemError DATA for an array of another shape; NUMERIC for one that is not finite, or a negative variance
 */
export function checkArrays(
  specs: readonly ParameterSpec[],
  stored: ReadonlyMap<string, StoredTensor>,
  whose: string,
  architecture: string,
): void {
  for (const spec of specs) {
    const { shape } = stored.get(spec.name) as StoredTensor;
    const expected = storedShape(spec).join(", ");
    if (shape.join(", ") !== expected) {
      throw new SslMemError(
        "DATA",
        `Expected shape [${expected}] for ${spec.name} in ${whose} (${architecture}) but received [${shape.join(", ")}].`,
        "--arch names the architecture; `sslmem list architectures`",
      );
    }
  }
  for (const { name, least } of specs) {
    const { data } = stored.get(name) as StoredTensor;
    const wrong = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
    if (wrong > 0)
      throw notUsable(
        `finite weights in ${whose} but ${wrong} of the ${data.length} values of ${name} are NaN or infinite`,
      );
    if (least !== undefined && data.some((value) => value < least))
      throw notUsable(`values of at least ${least} for ${name} in ${whose} but some are below it`);
  }
}

const notUsable = (what: string) =>
  new SslMemError(
    "NUMERIC",
    `Expected ${what}.`,
    "the training that made them has diverged, or the file is damaged: an earlier checkpoint, or the file again",
  );

/**
 * The arrays of a checkpoint, if they are exactly those of the network that goes on from it.
 *
 * @param whose the checkpoint, for errors
 * @throws SslMemError DATA naming arrays that are missing or unknown, or of another shape; NUMERIC as checkArrays
 */
export function matchExactly(
  specs: readonly ParameterSpec[],
  stored: ReadonlyMap<string, StoredTensor>,
  whose: string,
  architecture: string,
): ReadonlyMap<string, StoredTensor> {
  checkExactNames(
    specs.map(({ name }) => name),
    [...stored.keys()],
    whose,
  );
  checkArrays(specs, stored, whose, architecture);
  return stored;
}

/** Throws SslMemError DATA, naming what is missing and what is unknown, unless both lists have the same names. */
export function checkExactNames(expected: readonly string[], there: readonly string[], whose: string): void {
  const [wanted, found] = [new Set(expected), new Set(there)];
  const missing = expected.filter((name) => !found.has(name));
  const unknown = there.filter((name) => !wanted.has(name));
  if (missing.length + unknown.length === 0) return;
  const list = [
    ...(missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${unknown.join(", ")}`] : []),
  ].join("; ");
  throw new SslMemError(
    "DATA",
    `Expected ${whose} to hold exactly the arrays of the training that goes on from it but they differ (${list}).`,
    "--force starts the training over",
  );
}

/** Variables of a network out of stored arrays, as matchForeign or matchExactly give them. The caller disposes of them. */
export function importWeights(
  specs: readonly ParameterSpec[],
  stored: ReadonlyMap<string, StoredTensor>,
): Map<string, tf.Variable> {
  return new Map(
    specs.map((spec) => {
      const { data } = stored.get(spec.name) as StoredTensor;
      const axes = TO_TORCH[spec.layout]?.from;
      const made = tf.tidy(() => {
        const tensor = tf.tensor(data, [...storedShape(spec)]);
        return tf.variable(axes === undefined ? tensor : tf.transpose(tensor, axes), spec.isLearned);
      });
      return [spec.name, made];
    }),
  );
}

/** Frees the variables of a network. */
export function disposeWeights(weights: Weights): void {
  for (const value of weights.values()) value.dispose();
}
