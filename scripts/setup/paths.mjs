// Where set-up keeps things. Plain JavaScript: it runs before anything is installed.
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of this checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Cache shared by all checkouts of one user: $SSLMEM_CACHE, else $XDG_CACHE_HOME/sslmem, else ~/.cache/sslmem. */
export function cacheRoot(env = process.env) {
  if (env.SSLMEM_CACHE) return resolve(env.SSLMEM_CACHE);
  if (env.XDG_CACHE_HOME) return join(resolve(env.XDG_CACHE_HOME), "sslmem");
  return join(homedir(), ".cache", "sslmem");
}

/** Hex SHA-256 over a list of strings and buffers, each preceded by its length so that no two lists collide. */
export function hashOf(parts) {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = Buffer.from(part);
    hash.update(`${bytes.length}:`);
    hash.update(bytes);
  }
  return hash.digest("hex");
}
