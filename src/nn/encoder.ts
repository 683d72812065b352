import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { getArchitecture } from "./registry.js";
import { readSafetensors } from "./safetensors.js";
import { type Architecture, type Encoder, type FoldedFilter, REPRESENTATION } from "./types.js";
import { disposeWeights, importWeights } from "./weights.js";

/**
 * Loads a trained encoder for inference: sslmem's own checkpoints, or weights from PyTorch, torchvision or timm with
 * their names and layouts. The classifier and projector of such a file are ignored.
 *
 * @param layer a name in the architecture's `layers`: its output is captured instead of the representation
 * @throws SslMemError DATA for an unreadable file or weights of another architecture; USAGE for an unknown layer
 */
export async function loadEncoder(
  arch: string,
  path: string,
  { layer = null }: { layer?: string | null } = {},
): Promise<Encoder> {
  const architecture = getArchitecture(arch);
  if (layer !== null && !architecture.layers.includes(layer)) {
    throw new SslMemError(
      "USAGE",
      `Expected one of ${architecture.layers.join(", ")} for the layer of ${arch} but received "${layer}".`,
    );
  }
  const { tensors } = await readSafetensors(path);
  const weights = importWeights(architecture.parameters, tensors, path, arch);
  return encoderOf(architecture, weights, layer);
}

/** An encoder over weights in memory, which stay as they are from its first pass on; disposing of it frees them. */
export function encoderOf(
  architecture: Architecture,
  weights: Map<string, tf.Variable>,
  layer: string | null,
): Encoder {
  const folds = new Map<string, FoldedFilter>();
  return {
    arch: architecture.name,
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
