import * as tf from "../engine/tf.js";
import { blaming, contractBroken, ownName } from "../faults/index.js";
import type { Method, Needs, Objective, Outcome } from "../methods/types.js";
import { type Network, type ParameterSpec, twinOf } from "../nn/index.js";
import { valuesOf } from "../settings/registry.js";
import { checkNamespace } from "./namespaces.js";

/** A method in a sentence. */
export const methodName = ({ name }: Pick<Method, "name">): string => ownName("method", name);

/**
 * What a method's steps need, by its settings in a recipe.
 *
 * @throws SslMemError USAGE for settings out of their ranges, and for needs that the contract of methods does not allow
 */
export function needsOf(method: Method, recipe: object, network: Network): Needs {
  const owner = methodName(method);
  const values = valuesOf(method.settings, { ...recipe });
  const needs = blaming(`needs() of ${owner}`, () => method.needs(values, network));
  const views = needs?.views ?? [];
  if (views.length === 0) throw contractBroken(`Expected ${owner} to need some views but it needs none.`);
  for (const { group, count } of views)
    if (!(isCount(count, 1) && isCount(group, 0)))
      throw contractBroken(
        `Expected a group of at least 0 and a count of at least 1 for each of the views of ${owner} but received group ${group}, count ${count}.`,
      );
  for (const [name, count] of Object.entries(needs.noise ?? {}))
    if (!isCount(count, 1))
      throw contractBroken(
        `Expected a whole number of at least 1 for the noise "${name}" of ${owner} but received ${count}.`,
      );
  return needs;
}

const isCount = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;

/** Throws SslMemError USAGE for an objective whose names the contract of methods forbids. @param encoder its parameters */
export function checkObjective(
  owner: string,
  { parameters, state = [], exports = "" }: Objective,
  encoder: readonly ParameterSpec[],
): void {
  const names = (specs: readonly ParameterSpec[]) => specs.map(({ name }) => name);
  checkNamespace(owner, names(parameters), "head");
  checkNamespace(owner, names(state), "state");
  const twin = twinOf([...names(parameters), ...names(state)]);
  if (twin !== undefined)
    throw contractBroken(
      `Expected a name of its own for each array of ${owner} but two are called "${twin}".`,
    );
  const sources = new Set([...names(encoder), ...names(parameters)]);
  for (const { name, copyOf } of state)
    if (copyOf !== undefined && !sources.has(copyOf))
      throw contractBroken(
        `Expected the name of a parameter for ${owner} to copy as ${name} but there is none called "${copyOf}".`,
      );
  if (exports === "") return;
  const there = new Set(names(state));
  const missing = names(encoder).find((name) => !there.has(exports + name));
  if (missing !== undefined)
    throw contractBroken(
      `Expected a whole encoder under "${exports}" for ${owner} to export but ${exports}${missing} is not in its state.`,
    );
}

/** Throws SslMemError USAGE for an outcome of a loss that is not as the contract says. @param declared the method's metrics */
export function checkOutcome(owner: string, outcome: Outcome, declared: readonly string[]): void {
  checkScalar(`the loss of ${owner}`, outcome?.loss);
  for (const [name, metric] of Object.entries(outcome.metrics ?? {})) {
    checkScalar(`the metric "${name}" of ${owner}`, metric);
    if (!declared.includes(name))
      throw contractBroken(
        `Expected metrics that ${owner} declares (${declared.join(", ") || "none"}) but its loss gives "${name}", too.`,
      );
  }
  // One that has no rows would do until the day on which batches come in parts.
  for (const [name, carried] of Object.entries(outcome.carry ?? {}))
    if (!(carried instanceof tf.Tensor) || carried.rank === 0)
      throw contractBroken(
        `Expected rows on the first axis of "${name}", which the loss of ${owner} carries, but received ${found(carried)}.`,
      );
}

function checkScalar(what: string, value: unknown): void {
  if (value instanceof tf.Tensor && value.rank === 0 && value.dtype === "float32") return;
  throw contractBroken(`Expected a float32 scalar as ${what} but received ${found(value)}.`);
}

function found(value: unknown): string {
  if (!(value instanceof tf.Tensor)) return value === undefined ? "nothing" : `a ${typeof value}`;
  return value.rank === 0 ? `a scalar of ${value.dtype}` : `a tensor of shape [${value.shape.join(", ")}]`;
}

/** What code of a method asked for by names that it has not declared. */
export class Undeclared {
  readonly #names = new Set<string>();

  /** The same values, which remember the names that were asked for and are not there. @param kind "noise", for errors */
  watching<T>(values: Readonly<Record<string, T>>, kind: string): Readonly<Record<string, T>> {
    return new Proxy(values, {
      get: (target, name) => {
        if (typeof name === "string" && !(name in target)) this.#names.add(`${kind} "${name}"`);
        return Reflect.get(target, name) as T;
      },
    });
  }

  /** The same arrays by name. */
  watchingArrays<T>(arrays: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
    const names = this.#names;
    return new (class extends Map<string, T> {
      override get(name: string): T | undefined {
        const found = super.get(name);
        // Layers ask whether there is a bias.
        if (found === undefined && !name.endsWith(".bias")) names.add(`array "${name}"`);
        return found;
      }
    })(arrays);
  }

  /** Runs code of a method; where it throws, what it asked for in vain is said. @param what `the loss of method "x"` */
  blaming<T>(what: string, work: () => T): T {
    this.#names.clear();
    return blaming(what, () => {
      try {
        return work();
      } catch (cause) {
        const [name] = this.#names;
        if (name === undefined) throw cause;
        throw contractBroken(`Expected ${what} to ask for what is declared but it asked for ${name}.`, cause);
      }
    });
  }
}
