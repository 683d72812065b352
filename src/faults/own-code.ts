import { SslMemError } from "../errors.js";
import { asUserError } from "./faults-in-words.js";

const HINT = "mend its file (docs/extending.md names the contract); --verbose shows where it happened";

/**
 * The error for a registered object (a method, a network, a distance …) that does not keep its contract: whoever wrote its
 * file mends it, so it is no bug of ours.
 *
 * @param sentence names the object as ownName does
 */
export function contractBroken(sentence: string, cause?: unknown): SslMemError {
  return new SslMemError("USAGE", sentence, HINT, cause === undefined ? undefined : { cause });
}

/** An object in a sentence: `method "simclr"`. */
export const ownName = (what: string, name: string): string => `${what} "${name}"`;

/**
 * What code of a registered object threw, as an error that names the object. What has its sentence already (a shortage of
 * memory, a full disk, data that are not what they should be) stays as it is.
 *
 * @param what that of it which threw, and whose: `the loss of method "simclr"`
 */
export function blamed(what: string, error: unknown): unknown {
  const known = asUserError(error);
  if (known instanceof SslMemError && known.code !== "INTERNAL") return known;
  return contractBroken(`Expected ${what} to work but it threw: ${firstLine(known)}.`, error);
}

/** Runs code of a registered object; throws as `blamed` says. */
export function blaming<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw blamed(what, error);
  }
}

/** The same for code that is waited for. */
export async function blamingLater<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw blamed(what, error);
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split("\n").find((one) => one.trim() !== "") ?? "something without a message";
  return line.trim().replace(/[.:]$/, "");
}
