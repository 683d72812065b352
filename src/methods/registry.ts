import { SslMemError } from "../errors.js";
import { simclr } from "./simclr.js";
import type { Method } from "./types.js";

const METHODS: readonly Method[] = [simclr];

/** Names of the registered methods. */
export function methodNames(): string[] {
  return METHODS.map((method) => method.name);
}

/** The method of that name. Throws SslMemError USAGE for an unknown one. */
export function getMethod(name: string): Method {
  const found = METHODS.find((method) => method.name === name);
  if (found !== undefined) return found;
  throw new SslMemError(
    "USAGE",
    `Expected one of ${methodNames().join(", ")} for the method but received "${name}".`,
    "sslmem list methods",
  );
}
