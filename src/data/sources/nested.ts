import { join } from "node:path";
import { SslMemError } from "../../errors.js";
import { namesIn } from "./raw.js";

/**
 * Where in a folder a raw data set lies: in the folder itself, or in one of those below it that its archive unpacks to.
 *
 * @param below such folders, relative @param is whether names in a folder are those of the data set
 * @returns "" for the folder itself, the folder below, or null
 * @throws SslMemError USAGE when several of those below are there
 */
export function placeOf(
  root: string,
  below: readonly string[],
  is: (names: readonly string[]) => boolean,
): string | null {
  if (is(namesIn(root))) return "";
  const found = below.filter((folder) => is(namesIn(join(root, folder))));
  if (found.length > 1)
    throw new SslMemError(
      "USAGE",
      `Expected one data set in ${root} but it holds several: ${found.join(", ")}.`,
      `give one of them: ${join(root, found[0] as string)}`,
    );
  return found[0] ?? null;
}

/** The reason that completes "taken for KIND, because …" for a raw data set. */
export const whyAt = (place: string, names: string): string =>
  place === "" ? `it holds ${names}` : `its folder ${place} holds ${names}`;
