import * as tf from "../engine/tf.js";
import { describeMatch, matchForeign } from "./match.js";
import { checkLayer, getArchitecture } from "./registry.js";
import { readSafetensors, type StoredWeights } from "./safetensors.js";
import { type Architecture, type Encoder, type FoldedFilter, REPRESENTATION } from "./types.js";
import { disposeWeights, importWeights } from "./weights.js";

/**
 * Loads a trained encoder for inference: sslmem's own checkpoints, or weights from PyTorch, torchvision or timm with
 * their names and layouts. The classifier and projector of such a file are ignored.
 *
 * @param layer a name in the architecture's `layers`: its output is captured instead of the representation
 * @throws SslMemError DATA for an unreadable file or weights of another architecture; NUMERIC for weights that are not
 *   finite; USAGE for an unknown layer
 */
export async function loadEncoder(
  arch: string,
  path: string,
  { layer = null }: { layer?: string | null } = {},
): Promise<Encoder> {
  const architecture = getArchitecture(arch);
  checkLayer(architecture, layer);
  const stored = await readNetwork(architecture, path);
  const { tensors } = matchForeign(architecture.parameters, stored, path, arch);
  return encoderOf(architecture, importWeights(architecture.parameters, tensors), layer, path);
}

/**
 * Checks that a file holds finite weights of an architecture, without an engine: before much else is done, say before a large
 * data set is listed.
 *
 * @returns a sentence about a prefix that is taken off and arrays that are left out, or null
 * @throws SslMemError as loadEncoder
 */
export async function checkWeights(arch: string, path: string): Promise<string | null> {
  const architecture = getArchitecture(arch);
  const stored = await readNetwork(architecture, path);
  return describeMatch(matchForeign(architecture.parameters, stored, path, arch), path);
}

/** A file's arrays that may be of a network, under any prefix: no optimiser, classifier or projector. */
function readNetwork({ parameters }: Architecture, path: string): Promise<StoredWeights> {
  const wanted = (name: string) =>
    parameters.some((spec) => name === spec.name || name.endsWith(`.${spec.name}`));
  return readSafetensors(path, { wanted });
}

/**
 * An encoder over weights in memory, which stay as they are from its first pass on; disposing of it frees them.
 *
 * @param name of the weights, for errors
 */
export function encoderOf(
  architecture: Architecture,
  weights: Map<string, tf.Variable>,
  layer: string | null,
  name = "weights in memory",
): Encoder {
  const folds = new Map<string, FoldedFilter>();
  return {
    arch: architecture.name,
    name,
    layer,
    dim: architecture.dim,
    embed: (x) =>
      tf.tidy(() => {
        let captured: tf.Tensor | null = null;
        const onLayer = (name: string, output: tf.Tensor) => {
          if (name === layer) captured = tf.reshape(output, [x.shape[0], -1]);
        };
        const representation = architecture.forward(x, { weights, training: false, onLayer, folds });
        return (captured ?? representation) as tf.Tensor2D;
      }),
    visitLayers: (x, visit) => {
      tf.tidy(() => {
        visit(REPRESENTATION, architecture.forward(x, { weights, training: false, onLayer: visit, folds }));
      });
    },
    dispose: () => {
      for (const { filter, bias } of folds.values()) tf.dispose([filter, bias]);
      folds.clear();
      disposeWeights(weights);
    },
  };
}
