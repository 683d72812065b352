import { SslMemError } from "../errors.js";
import { resnet9 } from "./architectures/resnet9.js";
import { resnet18 } from "./architectures/resnet18.js";
import { resnet50 } from "./architectures/resnet50.js";
import type { Architecture } from "./types.js";

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

/** Refuses a layer that an architecture does not have; null is its output. Throws SslMemError USAGE. */
export function checkLayer({ name, layers }: Architecture, layer: string | null): void {
  if (layer === null || layers.includes(layer)) return;
  throw new SslMemError(
    "USAGE",
    `Expected one of ${layers.join(", ")} for the layer of ${name} but received "${layer}".`,
    "--layer last is the encoder's output",
  );
}

/** The architecture of that name. Throws SslMemError USAGE for an unknown one. */
export function getArchitecture(name: string): Architecture {
  const found = ARCHITECTURES.find((architecture) => architecture.name === name);
  if (found !== undefined) return found;
  throw new SslMemError(
    "USAGE",
    `Expected one of ${architectureNames().join(", ")} for the architecture but received "${name}".`,
    "sslmem list architectures",
  );
}
