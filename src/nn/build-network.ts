import * as ops from "../engine/ops/index.js";
import * as tf from "../engine/tf.js";
import { SslMemError } from "../errors.js";
import { valuesOf } from "../settings/registry.js";
import type { Architecture } from "./architecture.js";
import * as initial from "./initial.js";
import type { Kit } from "./kit.js";
import * as layers from "./layers.js";
import * as transformer from "./transformer.js";
import type { Network } from "./types.js";

/** What architectures and methods are handed. */
export const kit: Kit = { tf, ops, layers, initial, transformer };

/**
 * An architecture's network for images of one size. Settings that nobody has bound (withSettings) have their defaults.
 *
 * @param imageSize side, pixels
 * @throws SslMemError USAGE for images that are too small for it, or of a size that it cannot be built for
 */
export function buildNetwork(architecture: Architecture, imageSize: number): Network {
  const { name, minimumImageSize, settings } = architecture;
  if (imageSize >= minimumImageSize)
    return architecture.network({ size: imageSize, channels: 3 }, valuesOf(settings, {}), kit);
  throw new SslMemError(
    "USAGE",
    `Expected an image size of at least ${minimumImageSize} for ${name} but received ${imageSize}.`,
    `--image-size ${minimumImageSize}, or another --arch`,
  );
}

/** Refuses a layer that a network does not have; null is its output. @param name of its architecture @throws SslMemError USAGE */
export function checkLayer(name: string, { layers }: Network, layer: string | null): void {
  if (layer === null || layers.includes(layer)) return;
  throw new SslMemError(
    "USAGE",
    `Expected one of ${layers.join(", ")} for the layer of ${name} but received "${layer}".`,
    "--layer last is the encoder's output",
  );
}
