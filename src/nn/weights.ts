import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { keyOf, randomNormal, randomUniform } from "../native/index.js";
import type { StoredTensor } from "./safetensors.js";
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

/** The arrays of a network in PyTorch's layout, as they are stored. */
export function exportWeights(specs: readonly ParameterSpec[], weights: Weights): Map<string, StoredTensor> {
  return new Map(
    specs.map((spec) => {
      const value = weights.get(spec.name) as tf.Variable;
      const axes = TO_TORCH[spec.kind]?.to;
      const shape = axes === undefined ? [...spec.shape] : axes.map((axis) => spec.shape[axis] as number);
      const data = tf.tidy(
        () => (axes === undefined ? value : tf.transpose(value, axes)).dataSync() as Float32Array,
      );
      return [spec.name, { shape, data: Float32Array.from(data) }];
    }),
  );
}

/** Prefixes that trainers put before an encoder's names. */
const PREFIXES = ["", "module.", "encoder.", "backbone.", "module.encoder.", "module.backbone.", "model."];
const IGNORED = /(^|\.)(fc\.|head\.|projector\.|num_batches_tracked$)/;

/**
 * Variables of a network out of stored arrays.
 *
 * @param whose file name, for errors
 * @throws SslMemError DATA when arrays are missing, unknown or of another shape: weights of another architecture
 */
export function importWeights(
  specs: readonly ParameterSpec[],
  stored: ReadonlyMap<string, StoredTensor>,
  whose: string,
  architecture: string,
): Map<string, tf.Variable> {
  const first = specs[0]?.name as string;
  const prefix = PREFIXES.find((candidate) => stored.has(candidate + first)) ?? "";
  const missing = specs.filter(({ name }) => !stored.has(prefix + name)).map(({ name }) => name);
  const known = new Set(specs.map(({ name }) => prefix + name));
  const unknown = [...stored.keys()].filter((name) => !known.has(name) && !IGNORED.test(name));
  const some = (names: string[]) =>
    `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
  if (missing.length > 0 || unknown.length > 0) {
    const what = [
      missing.length > 0 ? `${some(missing)} missing` : "",
      unknown.length > 0 ? `${some(unknown)} unknown` : "",
    ];
    throw new SslMemError(
      "DATA",
      `Expected the weights of ${architecture} in ${whose} but they are of another network: ${what.filter(Boolean).join("; ")}.`,
      "--arch names the architecture; `sslmem list architectures`",
    );
  }
  const shapes = specs.map((spec) => {
    const axes = TO_TORCH[spec.kind]?.to;
    return axes === undefined ? spec.shape : axes.map((axis) => spec.shape[axis] as number);
  });
  for (const [i, spec] of specs.entries()) {
    const { shape } = stored.get(prefix + spec.name) as StoredTensor;
    if (shape.join() !== (shapes[i] as number[]).join()) {
      throw new SslMemError(
        "DATA",
        `Expected shape [${shapes[i]?.join(", ")}] for ${spec.name} in ${whose} (${architecture}) but received [${shape.join(", ")}].`,
      );
    }
  }
  return new Map(
    specs.map((spec, i) => {
      const { data } = stored.get(prefix + spec.name) as StoredTensor;
      const axes = TO_TORCH[spec.kind]?.from;
      const made = tf.tidy(() => {
        const tensor = tf.tensor(data, shapes[i] as number[]);
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
