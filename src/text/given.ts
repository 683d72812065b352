import { SslMemError } from "../errors.js";

/** What is a path, or other text, wherever it is asked for. */
const TEXTS = ["root", "path", "first", "second", "data", "sql", "out", "directory", "f", "g", "weights"];
const LISTS = ["paths", "parts", "inputs", "encoders", "methods", "steps", "pairs", "ids"];

/**
 * Refuses a program's call that leaves something out which it cannot do without.
 *
 * @param who the function that was called @param given its options, or its arguments by name
 * @param names of what must be there; with dots for what is inside
 * @throws SslMemError USAGE naming what is missing, or is no text where it must be
 */
export function checkGiven(who: string, given: object | undefined | null, names: readonly string[]): void {
  for (const name of names) {
    let [at, path]: [unknown, string] = [given, ""];
    for (const part of name.split(".")) {
      at = (at as Record<string, unknown> | undefined | null)?.[part];
      path = path === "" ? part : `${path}.${part}`;
      if (at === undefined || at === null) throw missing(who, path, given);
    }
    if (TEXTS.includes(path) && typeof at !== "string")
      throw new SslMemError("USAGE", `Expected text for ${path} of ${who}() but received ${kindOf(at)}.`);
    if (LISTS.includes(path) && typeof at === "object" && !Array.isArray(at))
      throw new SslMemError("USAGE", `Expected a list for ${path} of ${who}() but received ${kindOf(at)}.`);
  }
}

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? "a list" : `a ${typeof value}`.replace("a o", "an o");

function missing(who: string, name: string, given: object | undefined | null): SslMemError {
  const there = Object.entries(given ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const isPromise = Object.values(given ?? {}).some((value) => value instanceof Promise);
  return new SslMemError(
    "USAGE",
    `Expected ${name} for ${who}() but received ${there.length === 0 ? "nothing" : `only ${there.join(", ")}`}.`,
    isPromise ? "await what gives it: a promise was passed" : `${who}({ ${name.split(".")[0]}: … })`,
  );
}
