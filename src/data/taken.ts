import { z } from "zod";
import { foreign } from "../text/foreign.js";
import type { ImageList } from "./image-list.js";
import type { Taken } from "./types.js";

const partSchema = z.object({ images: z.number().int().min(0), from: z.array(z.string()) });

/** What listing.json holds under `taken`. */
export const takenSchema: z.ZodType<Taken> = z.object({
  kind: z.string(),
  why: z.string(),
  parts: z.object({ train: partSchema, test: partSchema }),
  labels: z.object({ classes: z.number().int().min(0), unlabelled: z.number().int().min(0) }).nullable(),
  noLabels: z.string().nullable(),
  leftOut: z.array(z.object({ reason: z.string(), count: z.number().int().min(1), first: z.string() })),
  notes: z.array(z.string()),
});

/** Name of the schema of listing.json. */
export const LISTING_SCHEMA = "sslmem/listing@1";

/** listing.json: what a run's data set was taken for, and how many of the images that were wanted could not be read. */
export const listingSchema = z.object({
  schema: z.literal(LISTING_SCHEMA),
  taken: takenSchema,
  skipped: z.number().int().min(0),
});

/** Images by part and without a label. */
export function countImages(images: ImageList): { train: number; test: number; unlabelled: number } {
  const { part, label } = images.columns;
  let [test, unlabelled] = [0, 0];
  for (let row = 0; row < images.count; row++) {
    test += part[row] as number;
    if ((label[row] as number) < 0) unlabelled++;
  }
  return { train: images.count - test, test, unlabelled };
}

/**
 * A few lines for people: what the data were taken for, how many images of which part and class, and what was left out.
 *
 * @param data the path or spec, as it was typed @param labelNames names of the classes
 */
export function describeTaken(
  taken: Taken,
  { data, labelNames }: { data?: string; labelNames?: readonly string[] | null } = {},
): string[] {
  const { train, test } = taken.parts;
  const named = labelNames === undefined || labelNames === null ? "" : ` (${shortList(labelNames)})`;
  const of = taken.labels === null ? "" : ` of ${many(taken.labels.classes, "class", "classes")}${named}`;
  const images = many(train.images + test.images, "image");
  const lines = [
    `${data === undefined ? "Taken" : `Data: ${data}`} as ${taken.kind}, because ${taken.why}: ${images}${of}, ${partsOf(taken)}.`,
  ];
  if (taken.noLabels !== null) lines.push(`No labels, because ${taken.noLabels}.`);
  else if ((taken.labels?.unlabelled ?? 0) > 0)
    lines.push(`Without a label: ${many(taken.labels?.unlabelled ?? 0, "image")}.`);
  if (taken.leftOut.length > 0) {
    const all = taken.leftOut.map(
      ({ reason, count, first }) => `${reason}: ${number(count)}, first ${foreign(first)}`,
    );
    lines.push(`Left out: ${all.join("; ")}.`);
  }
  for (const note of taken.notes) lines.push(`Note: ${note}`);
  return lines;
}

function partsOf({ parts: { train, test } }: Taken): string {
  const from = (names: readonly string[]) => (names.length === 0 ? "" : ` (${shortList(names)})`);
  if (test.images === 0)
    return `all for training${train.from.length === 0 ? " (no parts such as train/ and test/)" : from(train.from)}`;
  return `${number(train.images)} for training${from(train.from)} and ${number(test.images)} for testing${from(test.from)}`;
}

/** The first few of a list of names, and how many more there are. */
export function shortList(names: readonly string[], most = 6): string {
  const shown = names
    .slice(0, most)
    .map((name) => foreign(name))
    .join(", ");
  return names.length > most ? `${shown} and ${number(names.length - most)} more` : shown;
}

/** "1 image", "1,281,167 images". */
export function many(count: number, one: string, several = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : several}`;
}

const number = (count: number): string => count.toLocaleString("en-US");
