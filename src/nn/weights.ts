import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { keyOf, randomNormal, randomUniform } from "../native/index.js";
import type { StoredTensor } from "./safetensors.js";
import type { DeferredTensor } from "./safetensors-write.js";
import type { ParameterKind, ParameterSpec, Weights } from "./types.js";

const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** Whether a parameter is learned; running statistics are not. */
export function isTrainable(kind: ParameterKind): boolean {
  return kind !== "running-mean" && kind !== "running-var";
}

/**
 * Initial value of a parameter, as torchvision's ResNets and torch.nn.Linear have it: convolutions normal with variance
 * 2 / fan_out (He et al. 2015), linear weights and biases uniform in ±1/√fan_in, scales 1, offsets 0. Keyed by seed and
 * the parameter's place in the network.
 */
export function initialValue(spec: ParameterSpec, place: number, seed: number, fanIn: number): Float32Array {
  const out = new Float32Array(size(spec.shape));
  const key = keyOf("initialWeight", seed, { sample: place });
  switch (spec.kind) {
    case "conv": {
      const [height, width, , outputs] = spec.shape as [number, number, number, number];
      const deviation = Math.sqrt(2 / (height * width * outputs));
      return randomNormal(key, out).map((value) => value * deviation);
    }
    case "linear":
    case "bias": {
      const bound = 1 / Math.sqrt(fanIn);
      return randomUniform(key, out).map((value) => (2 * value - 1) * bound);
    }
    case "norm-weight":
    case "running-var":
      return out.fill(1);
    default:
      return out;
  }
}

/** Variables with initial values for every parameter. The caller disposes of them. */
export function initialWeights(specs: readonly ParameterSpec[], seed: number): Map<string, tf.Variable> {
  let fanIn = 1; // of the layer at hand: its weight comes before its bias
  return new Map(
    specs.map((spec, place) => {
      if (spec.kind === "linear") fanIn = spec.shape[0] as number;
      return [spec.name, variable(spec, initialValue(spec, place, seed, fanIn))];
    }),
  );
}

function variable(spec: ParameterSpec, values: Float32Array): tf.Variable {
  const tensor = tf.tensor(values, spec.shape);
  const made = tf.variable(tensor, isTrainable(spec.kind));
  tensor.dispose();
  return made;
}

/** Axes that take TensorFlow.js' layout to PyTorch's, and back. */
const TO_TORCH: Partial<Record<ParameterKind, { to: number[]; from: number[] }>> = {
  conv: { to: [3, 2, 0, 1], from: [2, 3, 1, 0] },
  linear: { to: [1, 0], from: [1, 0] },
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
      const axes = TO_TORCH[spec.kind]?.to;
      const data = () =>
        tf.tidy(() => (axes === undefined ? value : tf.transpose(value, axes)).dataSync() as Float32Array);
      return [spec.name, { shape: storedShape(spec), data }];
    }),
  );
}

/** Shape of a parameter as it is stored. */
function storedShape({ kind, shape }: ParameterSpec): readonly number[] {
  return TO_TORCH[kind]?.to.map((axis) => shape[axis] as number) ?? shape;
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
  for (const { name, kind } of specs) {
    const { data } = stored.get(name) as StoredTensor;
    const wrong = data.reduce((sum, value) => sum + (Number.isFinite(value) ? 0 : 1), 0);
    if (wrong > 0)
      throw notUsable(
        `finite weights in ${whose} but ${wrong} of the ${data.length} values of ${name} are NaN or infinite`,
      );
    if (kind === "running-var" && data.some((value) => value < 0))
      throw notUsable(`variances of at least 0 in ${whose} but ${name} has negative values`);
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
      const axes = TO_TORCH[spec.kind]?.from;
      const made = tf.tidy(() => {
        const tensor = tf.tensor(data, [...storedShape(spec)]);
        return tf.variable(axes === undefined ? tensor : tf.transpose(tensor, axes), isTrainable(spec.kind));
      });
      return [spec.name, made];
    }),
  );
}

/** Frees the variables of a network. */
export function disposeWeights(weights: Weights): void {
  for (const value of weights.values()) value.dispose();
}
