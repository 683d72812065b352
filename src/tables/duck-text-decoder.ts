import { createRequire } from "node:module";

/**
 * DuckDB's client decodes texts with a decoder that takes U+FEFF at their beginning for a byte order mark and leaves it out;
 * names of files may begin so, and an id without it is another one. It looks its decoder up at each text, so another
 * can be put there. Where a later client keeps it elsewhere, such texts lose their first letter again: a test notices.
 */
export function keepFirstLetters(): void {
  try {
    const client = createRequire(import.meta.url)("@duckdb/node-api/lib/vectors/dataAccessors.js");
    client.textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
  } catch {
    // Another client.
  }
}
