import { SslMemError } from "../errors.js";
import { namedIn } from "../text/named-in.js";
import { resnet9 } from "./architectures/resnet9.js";
import { resnet18 } from "./architectures/resnet18.js";
import { resnet50 } from "./architectures/resnet50.js";
import { checkedNetwork } from "./checked-network.js";
import type { Architecture, Network } from "./types.js";

const ARCHITECTURES: readonly Architecture[] = [
  resnet9(),
  resnet18("cifar"),
  resnet18("imagenet"),
  resnet50(),
];

/** Names of the registered architectures. */
export function architectureNames(): string[] {
  return ARCHITECTURES.map((architecture) => architecture.name);
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

/**
 * An architecture's network for images of one size.
 *
 * @param imageSize side, pixels
 * @throws SslMemError USAGE for images that are too small for it, or of a size that it cannot be built for; for an architecture
 *   that does not keep its contract, now or when it is used
 */
export function buildNetwork(architecture: Architecture, imageSize: number): Network {
  const { name, minimumImageSize } = architecture;
  if (imageSize >= minimumImageSize) return checkedNetwork(architecture, { size: imageSize, channels: 3 });
  throw new SslMemError(
    "USAGE",
    `Expected an image size of at least ${minimumImageSize} for ${name} but received ${imageSize}.`,
    `--image-size ${minimumImageSize}, or another --arch`,
  );
}

/** The architecture of that name. Throws SslMemError USAGE for an unknown one. */
export function getArchitecture(name: string): Architecture {
  return namedIn(ARCHITECTURES, name, "architecture");
}
