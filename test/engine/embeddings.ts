// Embeds four arrays as images under a full-size network's first weights on the engine of the first argument; prints the
// embeddings as one JSON line. A process of its own, since an engine is opened once in a thread.
import { type EngineName, openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { purposes, randomNormal } from "../../src/native/index.js";
import { initialWeights } from "../../src/nn/index.js";
import { encoderOf } from "../../src/nn/load-encoder.js";
import { networkNamed } from "../networks.js";

await openEngine({ engine: process.argv[2] as EngineName, precision: "fp32", device: "cpu", threads: 1 });
const network = networkNamed(process.argv[3] as string, 32);
const weights = initialWeights(network.parameters, 5);
const key = { seed: 5, purpose: purposes.evaluation, epoch: 0, sample: 0, view: 0 };
const x = tf.tensor4d(randomNormal(key, new Float32Array(4 * 32 * 32 * 3)), [4, 32, 32, 3]);
const y = encoderOf(network, weights).embed(x);
console.log(JSON.stringify(await y.array()));
