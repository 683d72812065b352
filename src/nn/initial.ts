import { type RandomKey, randomNormal, randomUniform } from "../native/index.js";

/** Initial values of a parameter: fills `out`, out of the stream that `key` names. Returns it. */
export type Initial = (key: RandomKey, out: Float32Array) => Float32Array;

/** Normal around 0. @param deviation its standard deviation */
export function normal(deviation: number): Initial {
  return (key, out) => scaled(randomNormal(key, out), (value) => value * deviation);
}

/** Normal with variance 2 / fan_out (He et al. 2015, arXiv 1502.01852), as torchvision's ResNets have convolutions. */
export function heNormal(fanOut: number): Initial {
  return normal(Math.sqrt(2 / fanOut));
}

/** Uniform in ±1/√fan_in, as torch.nn.Linear's and torch.nn.Conv2d's weights and biases. */
export function uniformByInputs(fanIn: number): Initial {
  return uniform(1 / Math.sqrt(fanIn));
}

/** Uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010), as torch.nn.init.xavier_uniform_. */
export function glorotUniform(inputs: number, outputs: number): Initial {
  return uniform(Math.sqrt(6 / (inputs + outputs)));
}

/** Rows of that width that point in random directions, each of norm 1. */
export function randomDirections(width: number): Initial {
  return (key, out) => {
    randomNormal(key, out);
    for (let from = 0; from < out.length; from += width) {
      const row = out.subarray(from, from + width);
      const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      scaled(row, (value) => value / norm);
    }
    return out;
  };
}

/** All of one value: scales are 1 at first, offsets 0. */
export function constant(value: number): Initial {
  return (_key, out) => out.fill(value);
}

function uniform(bound: number): Initial {
  return (key, out) => scaled(randomUniform(key, out), (value) => (2 * value - 1) * bound);
}

function scaled(out: Float32Array, by: (value: number) => number): Float32Array {
  for (let i = 0; i < out.length; i++) out[i] = by(out[i] as number);
  return out;
}
