import { gunzipSync } from "node:zlib";
import { randomOf } from "./random.mjs";
import { damage } from "./structured.mjs";

/**
 * The damaged file number `index` of a kind: which of its seeds, and the bytes that stand in for that seed's damaged file.
 * A function of kind, seed and index. `replacement` {damaged, read, bytes (gzip, base64)}: a file that is given instead, of the
 * seed of which these are the names.
 */
export function damagedCase(seeds, kind, seed, index, replacement) {
  if (replacement !== undefined) {
    const { damaged, read } = replacement;
    const which = seeds.findIndex((one) => one.damaged === damaged && one.read === read);
    if (which < 0) throw new Error(`no seed of kind ${kind} is called ${damaged} and read as ${read}`);
    return { which, bytes: gunzipSync(Buffer.from(replacement.bytes, "base64")) };
  }
  const random = randomOf(seed, kind, index);
  const which = random.below(seeds.length);
  const { files, damaged, format } = seeds[which];
  const others = seeds.map((other) => other.files[other.damaged]);
  return { which, bytes: damage(random, format, files[damaged], others) };
}
