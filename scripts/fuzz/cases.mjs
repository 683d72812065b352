import { randomOf } from "./random.mjs";
import { damage } from "./structured.mjs";

/**
 * The damaged file number `index` of a kind: which of its seeds, and the bytes that stand in for that seed's damaged file.
 * A function of kind, seed and index. `replacement` {which, bytes (base64)}: a file that is given instead.
 */
export function damagedCase(seeds, kind, seed, index, replacement) {
  if (replacement !== undefined)
    return { which: replacement.which, bytes: Buffer.from(replacement.bytes, "base64") };
  const random = randomOf(seed, kind, index);
  const which = random.below(seeds.length);
  const { files, damaged, format } = seeds[which];
  const others = seeds.map((other) => other.files[other.damaged]);
  return { which, bytes: damage(random, format, files[damaged], others) };
}
