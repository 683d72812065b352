// Damage that gets past a format's own checks: check sums are made good again, lengths changed where they stand.
import { columns, idx, pack, parquet, safetensors } from "./damage-arrays.mjs";
import { avif, gif, jpeg, png, tiff, webp } from "./damage-images.mjs";
import { tar } from "./damage-tar.mjs";
import { json, yaml } from "./damage-text.mjs";
import { mutate } from "./mutate.mjs";

const FORMATS = {
  tar,
  png,
  jpeg,
  webp,
  gif,
  tiff,
  avif,
  columns,
  idx,
  safetensors,
  parquet,
  pack,
  yaml,
  json,
};

/**
 * Damages a file of that format: half of the time in its structure, else anywhere; the result always differs from `bytes`.
 * A format that is not known, such as "raw", is damaged anywhere.
 */
export function damage(random, format, bytes, others) {
  for (let attempt = 0; attempt < 20; attempt++) {
    const known = FORMATS[format];
    let out = bytes;
    if (known !== undefined && bytes.length > 32 && random.chance(0.6)) out = known(random, bytes, others);
    if (out === bytes || random.chance(0.15)) out = out.length > 0 ? mutate(random, out, others) : out;
    if (!bytes.equals(out)) return out;
  }
  return Buffer.alloc(0);
}
