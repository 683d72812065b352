import type * as tf from "../engine/tf.js";
import { blaming, contractBroken, ownName } from "../faults/index.js";
import type { Architecture, Features, ImageShape, Network } from "./types.js";

/** Beginnings of the names of the arrays that a method adds to a network: its learned ones, and its state. */
export const METHODS_PREFIXES = { head: ["projector.", "predictor.", "head."], state: ["state."] } as const;
const RESERVED: readonly string[] = Object.values(METHODS_PREFIXES).flat();

/**
 * The network of an architecture, held to its contract: what it throws, and features of other shapes than it says, name the
 * architecture. Throws SslMemError USAGE, now or in a pass.
 */
export function checkedNetwork(architecture: Architecture, image: ImageShape): Network {
  const owner = ownName("architecture", architecture.name);
  const network = blaming(`the network of ${owner}`, () => architecture.network(image));
  checkDeclared(owner, network);
  return {
    ...network,
    activations: (view) => network.activations(view),
    forward(x, context) {
      const features = blaming(`the forward pass of ${owner}`, () => network.forward(x, context));
      checkFeatures(owner, network, features, x.shape[0]);
      return features;
    },
  };
}

function checkDeclared(owner: string, { dim, parameters, layers }: Network): void {
  if (!(Number.isInteger(dim) && dim >= 1))
    throw contractBroken(
      `Expected a whole number of at least 1 for the dim of ${owner} but received ${dim}.`,
    );
  const names = parameters.map(({ name }) => name);
  const twin = twinOf(names);
  if (twin !== undefined)
    throw contractBroken(
      `Expected a name of its own for each parameter of ${owner} but two are called "${twin}".`,
    );
  const reserved = names.find((name) => RESERVED.some((prefix) => name.startsWith(prefix)));
  if (reserved !== undefined)
    throw contractBroken(
      `Expected parameters of ${owner} under other names than a method's (${RESERVED.join(", ")}) but received "${reserved}".`,
    );
  const layer = twinOf(layers);
  if (layer !== undefined)
    throw contractBroken(`Expected each layer of ${owner} once but "${layer}" is there twice.`);
}

/** A name that is there a second time; undefined: none is. */
export const twinOf = (names: readonly string[]): string | undefined =>
  names.find((name, place) => names.indexOf(name) !== place);

function checkFeatures(owner: string, network: Network, features: Features, n: number): void {
  const { dim, map = false, tokens } = network;
  const check = (name: keyof Features, wanted: string, fits: (shape: readonly number[]) => boolean) => {
    const shape = (features?.[name] as tf.Tensor | undefined)?.shape;
    if (shape !== undefined && fits(shape)) return;
    const found = shape === undefined ? "none" : `those of shape [${shape.join(", ")}]`;
    throw contractBroken(
      `Expected features "${name}" of shape [${wanted}] from ${owner} but received ${found}.`,
    );
  };
  check("pooled", `${n}, ${dim}`, (shape) => shape.join() === `${n},${dim}`);
  if (tokens !== undefined)
    check("tokens", `${n}, tokens, ${dim}`, ([rows, , length, ...rest]) => {
      return rows === n && length === dim && rest.length === 0;
    });
  if (map) check("map", `${n}, height, width, channels`, ({ length, 0: rows }) => length === 4 && rows === n);
}
