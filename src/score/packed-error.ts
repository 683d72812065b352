import { SslMemError } from "../errors.js";

/** An error in a form that survives the way between threads. */
export interface TransferredError {
  /** Null for an error that has no sentence: a bug. */
  code: SslMemError["code"] | null;
  message: string;
  hint: string | undefined;
  /** Its own stack, then those of what caused it: what --verbose shows. */
  stacks: string[];
}

/** The error, taken apart. */
export function packedError(error: unknown): TransferredError {
  const stacks: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) stacks.push(at.stack ?? at.message);
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof SslMemError
    ? { code: error.code, message, hint: error.hint, stacks }
    : { code: null, message, hint: undefined, stacks };
}

/** The error as it was, with the stacks of the thread that it is from. */
export function unpackedError({ code, message, hint, stacks }: TransferredError): Error {
  const [own, ...causes] = stacks;
  const cause = causes.reduceRight<Error | undefined>((inner, stack) => {
    const made = new Error("", inner === undefined ? undefined : { cause: inner });
    return Object.assign(made, { stack });
  }, undefined);
  const because = cause === undefined ? undefined : { cause };
  const error = code === null ? new Error(message, because) : new SslMemError(code, message, hint, because);
  return own === undefined ? error : Object.assign(error, { stack: own });
}
