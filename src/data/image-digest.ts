import { createHash } from "node:crypto";

/** Bytes of an image's digest: the first 128 bits of SHA-256. */
export const DIGEST_BYTES = 16;

/** The digest of an image: of its file's bytes as they are, or of its pixels where the format has nothing else. [16] */
export function digestOf(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest().subarray(0, DIGEST_BYTES);
}

/** A digest as text, as manifests have it: 32 hexadecimal digits. */
export const hexOf = (digest: Uint8Array): string => Buffer.from(digest).toString("hex");
