import { SslMemError } from "../errors.js";

/** Throws SslMemError USAGE unless a batch can be measured in that many equal parts. */
export function checkParts(batch: number, parts: number): void {
  if (batch % parts === 0) return;
  let divisor = Math.min(batch, parts);
  while (batch % divisor !== 0) divisor--;
  throw new SslMemError(
    "USAGE",
    `Expected a number of equal parts for --accumulate that divides --batch ${batch} but received ${parts}.`,
    `--accumulate ${divisor}, or --batch ${batchInParts(batch, parts)}`,
  );
}

/** The largest batch of at most that many images that divides into equal parts; one of 2 images or more, an image in each. */
export function batchInParts(images: number, parts: number): number {
  return Math.max(parts * Math.ceil(2 / parts), images - (images % parts));
}
