import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { SslMemError } from "../errors.js";
import { asUserError } from "../faults/index.js";
import { foreign } from "../text/foreign.js";

/** Reads one of the run's JSON files; null if there is none. Throws SslMemError DATA if it is cut short or of another schema. */
export async function readJson(path: string, schema: string): Promise<Record<string, unknown> | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw asUserError(error);
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new SslMemError(
      "DATA",
      `Expected JSON in ${path} but it does not parse.`,
      "another --run directory",
      { cause },
    );
  }
  const found = (content as { schema?: unknown } | null)?.schema;
  if (found !== schema) {
    throw new SslMemError(
      "DATA",
      `Expected schema ${schema} in ${path} but received ${found === undefined ? "none" : foreign(JSON.stringify(found))}.`,
    );
  }
  return content as Record<string, unknown>;
}

/** A file's content as its schema says. Throws SslMemError DATA for one of an earlier version, or one that was edited. */
export function checked<T>(schema: z.ZodType<T>, content: object, path: string, hint: string): T {
  const outcome = schema.safeParse(content);
  if (outcome.success) return content as T;
  const [first] = outcome.error.issues;
  throw new SslMemError(
    "DATA",
    `Expected every figure of this version in ${path} but ${first?.path.join(".")} is not as it should be: ${first?.message}.`,
    hint,
    { cause: outcome.error },
  );
}
