import * as tf from "../engine/tf.js";
import type { PoolingChoice } from "../settings/poolings.js";
import type { Architecture } from "./architecture.js";
import { buildNetwork, checkLayer } from "./build-network.js";
import { describeMatch, matchForeign } from "./match.js";
import { checkPooling, represent, scoredBy } from "./representation.js";
import { readSafetensors, type StoredWeights } from "./safetensors.js";
import { type Encoder, type FoldedFilter, type Network, REPRESENTATION } from "./types.js";
import { disposeWeights, importWeights } from "./weights.js";

/** What of a network is taken as its representation. */
export interface Represented {
  /** A name in the network's `layers`: its output is captured instead of the representation. Default null. */
  layer?: string | null;
  /** Not looked at where a layer is captured. Default auto: what the network is scored by. */
  pooling?: PoolingChoice;
}

/**
 * Loads a trained encoder for inference: sslmem's own checkpoints, or weights from PyTorch, torchvision or timm with
 * their names and layouts. The classifier and projector of such a file are ignored.
 *
 * @param options the side of the images, pixels, and what is taken of them
 * @throws SslMemError DATA for an unreadable file or weights of another architecture; NUMERIC for weights that are not
 *   finite; USAGE for an unknown layer, a pooling that the network does not have, or images that are too small for it
 */
export async function loadEncoder(
  architecture: Architecture,
  path: string,
  { imageSize, layer = null, pooling = "auto" }: Represented & { imageSize: number },
): Promise<Encoder> {
  const network = buildNetwork(architecture, imageSize);
  checkLayer(architecture.name, network, layer);
  checkPooling(architecture.name, network, pooling);
  const stored = await readNetwork(network, path);
  const { tensors } = matchForeign(network.parameters, stored, path, architecture.name);
  return encoderOf(network, importWeights(network.parameters, tensors), { layer, pooling, name: path });
}

/**
 * Checks that a file holds finite weights of an architecture, without an engine: before much else is done, say before a large
 * data set is listed.
 *
 * @param imageSize side of the images that they are for, pixels
 * @returns a sentence about a prefix that is taken off, arrays that are fitted and arrays that are left out, or null
 * @throws SslMemError as loadEncoder
 */
export async function checkWeights(
  architecture: Architecture,
  imageSize: number,
  path: string,
): Promise<string | null> {
  const network = buildNetwork(architecture, imageSize);
  const stored = await readNetwork(network, path);
  return describeMatch(matchForeign(network.parameters, stored, path, architecture.name), path);
}

/** A file's arrays that may be of a network, under any prefix: no optimiser, classifier or projector. */
function readNetwork({ parameters }: Network, path: string): Promise<StoredWeights> {
  const wanted = (name: string) =>
    parameters.some((spec) => name === spec.name || name.endsWith(`.${spec.name}`));
  return readSafetensors(path, { wanted });
}

/**
 * An encoder over weights in memory, which stay as they are from its first pass on; disposing of it frees them.
 *
 * @param options `name` of the weights, for errors
 */
export function encoderOf(
  network: Network,
  weights: Map<string, tf.Variable>,
  { layer = null, pooling = "auto", name = "weights in memory" }: Represented & { name?: string } = {},
): Encoder {
  const folds = new Map<string, FoldedFilter>();
  const constants = new Map<string, tf.Tensor>();
  const chosen = scoredBy(network, pooling);
  const pass = (x: tf.Tensor4D, onLayer: (layer: string, output: tf.Tensor) => void) => {
    const features = network.forward(x, { weights, training: false, onLayer, folds, constants });
    return represent(network, features, chosen);
  };
  const embed = (x: tf.Tensor4D) =>
    tf.tidy(() => {
      let captured: tf.Tensor2D | null = null;
      const representation = pass(x, (name, output) => {
        if (name === layer) captured = tf.reshape(output, [x.shape[0], -1]);
      });
      return captured ?? representation;
    });
  const { size, channels } = network.image;
  let dim: number | null = null;
  return {
    name,
    get dim() {
      dim ??= tf.tidy(() => embed(tf.zeros([1, size, size, channels])).shape[1]);
      return dim;
    },
    embed,
    visitLayers: (x, visit) => {
      tf.tidy(() => {
        visit(REPRESENTATION, pass(x, visit));
      });
    },
    dispose: () => {
      for (const { filter, bias } of folds.values()) tf.dispose([filter, bias]);
      folds.clear();
      tf.dispose([...constants.values()]);
      constants.clear();
      disposeWeights(weights);
    },
  };
}
