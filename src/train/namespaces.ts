import { contractBroken } from "../faults/index.js";
import { type DeferredTensor, METHODS_PREFIXES, type StoredTensor } from "../nn/index.js";

/** Kinds of arrays that a training needs to go on: the encoder's, the method's learned ones, its state, the optimiser's. */
export const NAMESPACES = ["encoder", "head", "state", "optimizer"] as const;
export type Namespace = (typeof NAMESPACES)[number];

/** Arrays by name, of every kind. */
export type Arrays<Tensor> = Readonly<Record<Namespace, ReadonlyMap<string, Tensor>>>;

const startsAs = (name: string, of: keyof typeof METHODS_PREFIXES): boolean =>
  METHODS_PREFIXES[of].some((prefix) => name.startsWith(prefix));

/** Where an array of a model belongs by its name; all arrays of earlier versions' checkpoints were in one file. */
export function namespaceOf(name: string): Exclude<Namespace, "optimizer"> {
  if (startsAs(name, "head")) return "head";
  return startsAs(name, "state") ? "state" : "encoder";
}

/** Throws SslMemError USAGE for an array that a method declares under a name of another kind. @param owner the method, for errors */
export function checkNamespace(owner: string, names: readonly string[], expected: "head" | "state"): void {
  const wrong = names.find((name) => namespaceOf(name) !== expected);
  if (wrong === undefined) return;
  const prefixes = METHODS_PREFIXES[expected].map((prefix) => `"${prefix}"`).join(", ");
  throw contractBroken(
    `Expected names that begin with ${prefixes} for the ${expected === "head" ? "parameters" : "state"} of ${owner} but received "${wrong}".`,
  );
}

/** The arrays as they are now, in host memory. */
export function copied({ encoder, head, state, optimizer }: Arrays<DeferredTensor>): Arrays<StoredTensor> {
  const copy = (arrays: ReadonlyMap<string, DeferredTensor>) =>
    new Map(
      [...arrays].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data().slice() }]),
    );
  return { encoder: copy(encoder), head: copy(head), state: copy(state), optimizer: copy(optimizer) };
}
