import { SslMemError } from "../errors.js";

/**
 * The entry of that name in a registry.
 *
 * @param what "method", for errors
 * @throws SslMemError USAGE for an unknown one, and where two have one name
 */
export function namedIn<T extends { readonly name: string }>(
  entries: readonly T[],
  name: string,
  what: string,
): T {
  const names = entries.map((entry) => entry.name);
  refuseTwins(names, what);
  const found = entries.find((entry) => entry.name === name);
  if (found !== undefined) return found;
  throw new SslMemError(
    "USAGE",
    `Expected one of ${names.join(", ")} for the ${what} but received "${name}".`,
    `sslmem list ${what}s`,
  );
}

/** Throws SslMemError USAGE where a name is there twice: a file was copied, and its name left as it was. */
export function refuseTwins(names: readonly string[], what: string): void {
  const twin = names.find((name, place) => names.indexOf(name) !== place);
  if (twin === undefined) return;
  throw new SslMemError(
    "USAGE",
    `Expected a name of its own for every ${what} but two are called "${twin}".`,
    "another name in one of their files",
  );
}
