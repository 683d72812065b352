import { SslMemError } from "../errors.js";

/** Images in a part of a batch at least: batch normalisation of a single one leaves nothing of it. */
const FEWEST = 2;

const fits = (batch: number, parts: number): boolean => batch % parts === 0 && batch / parts >= FEWEST;

/** Throws SslMemError USAGE unless a batch can be measured in that many equal parts of 2 images or more. */
export function checkParts(batch: number, parts: number): void {
  if (!Number.isInteger(parts) || parts < 1)
    throw new SslMemError(
      "USAGE",
      `Expected a whole number of parts for --accumulate but received ${parts}.`,
    );
  if (parts === 1 || fits(batch, parts)) return;
  let fewer = Math.min(parts, Math.floor(batch / FEWEST));
  while (fewer > 1 && !fits(batch, fewer)) fewer--;
  throw new SslMemError(
    "USAGE",
    `Expected a number of equal parts of 2 images or more for --accumulate with --batch ${batch} but received ${parts}.`,
    `--accumulate ${Math.max(1, fewer)}, or --batch ${batchInParts(batch, parts)}`,
  );
}

/** The largest batch of at most that many images that divides into equal parts of 2 images; if there is none, the smallest. */
export function batchInParts(images: number, parts: number): number {
  return Math.max(FEWEST * parts, images - (images % parts));
}

/** The flags of a batch that some images fill. @param wanted how many images it should have at most @param most how many there are */
export function batchFlags(wanted: number, most: number, parts: number): string {
  const batch = batchInParts(wanted, parts);
  return batch <= most ? `--batch ${batch}` : `--accumulate 1 --batch ${Math.max(FEWEST, wanted)}`;
}
