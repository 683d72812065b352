import { countOf, type SplitOptions, SUBSETS, type Subset } from "../data/index.js";
import { isShare } from "../data/share.js";
import { SslMemError } from "../errors.js";
import { kebab } from "../settings/setting.js";
import type { StepContext } from "./step-context.js";

type Sizes = Pick<SplitOptions, "limit" | Subset>;

/** A subset of fewer images has no variance. */
const FEWEST = 2;

/**
 * The sizes of the split. A preset's numbers say how many images are enough, not how many there must be: in a smaller
 * data set, under a limit of the user's, or beside sizes of the user's, they are reduced in proportion. What the user
 * gave stays as it is, and independent images are as many as candidates where only one of the two was given.
 *
 * @param parts images of each part of the data set
 * @throws SslMemError DATA when there are too few images for any split, USAGE when the user's sizes leave too few
 */
export function splitSizes(
  { settings, from }: StepContext["run"]["resolved"],
  parts: { train: number; test: number },
): Sizes {
  const isPreset = (key: Subset | "limit") => from[key].startsWith("preset:");
  const { limit: wantedLimit, shared, candidate, independent, external } = settings;
  const fromPreset = SUBSETS.filter(isPreset);
  const isCounted = fromPreset.length > 0 && fromPreset.every((key) => !isShare(settings[key] ?? 0));
  const fitted = wantedLimit !== null && isPreset("limit") ? Math.min(wantedLimit, parts.train) : wantedLimit;
  if (!isCounted) return { limit: fitted, shared, candidate, independent, external };

  const sizes: Record<Subset, number | null> = { shared, candidate, independent, external };
  // A share of the user's is one of the images that the preset means to use, not of a whole large data set.
  const hasShare = SUBSETS.some((key) => !isPreset(key) && isShare(settings[key] ?? FEWEST));
  const meant = (wantedLimit ?? parts.train) + (parts.test === 0 ? (settings.external ?? 0) : 0);
  const limit = !isPreset("limit") ? wantedLimit : hasShare ? Math.min(meant, parts.train) : null;
  const available = Math.min(limit ?? parts.train, parts.train);
  const isHeldOut = parts.test === 0;
  const free = new Set(fromPreset);
  // Whoever gives no number of external images means as many as are left, up to the candidates.
  const count = (key: Subset) => (sizes[key] === null ? FEWEST : countOf(sizes[key], available, isHeldOut));
  for (const [one, other] of [
    ["candidate", "independent"],
    ["independent", "candidate"],
  ] as const) {
    if (!isPreset(one) && free.delete(other)) sizes[other] = sizes[one];
  }
  // External images come out of the test part where there is one, and take nothing from the others.
  if (!isHeldOut && free.delete("external")) sizes.external = Math.min(external as number, parts.test);
  const taking = isHeldOut ? SUBSETS : SUBSETS.filter((key) => key !== "external");
  const given = taking.filter((key) => !free.has(key)).reduce((sum, key) => sum + count(key), 0);
  const rest = available - given;
  if (rest < FEWEST * free.size || (!isHeldOut && parts.test < FEWEST)) {
    const asked = SUBSETS.filter((key) => !isPreset(key));
    throw asked.length === 0 ? tooFew(parts, available) : noRoom(asked, available, given, [...free]);
  }
  const plain = [...free].map((key) => [key, settings[key] as number] as const);
  const inProportion = scaled(plain, rest, 0);
  const fitting = inProportion.every(([, size]) => size >= FEWEST)
    ? inProportion
    : scaled(plain, rest, FEWEST);
  return { limit, ...sizes, ...Object.fromEntries(fitting) } as Sizes;
}

/** Sizes reduced in proportion to fit the room; each has `least` of its own, which must fit, and the others are shared. */
function scaled(
  wanted: readonly (readonly [Subset, number])[],
  room: number,
  least: number,
): [Subset, number][] {
  const sum = wanted.reduce((all, [, size]) => all + size - least, 0);
  const scale = sum === 0 ? 0 : Math.min(1, (room - least * wanted.length) / sum);
  return wanted.map(([key, size]) => [key, least + Math.floor((size - least) * scale)]);
}

function tooFew(parts: { train: number; test: number }, available: number): SslMemError {
  const isHeldOut = parts.test === 0;
  const needed = FEWEST * (isHeldOut ? 4 : 3);
  return new SslMemError(
    "DATA",
    isHeldOut || available < needed
      ? `Expected at least ${needed} ${isHeldOut ? "" : "training "}images, ${FEWEST} in each subset, but ${available} are there that can be read.`
      : `Expected at least ${FEWEST} test images, for the external ones, but ${parts.test} are there that can be read.`,
    "more images; 650 are enough for the default preset, small",
  );
}

function noRoom(
  asked: readonly Subset[],
  available: number,
  given: number,
  others: readonly Subset[],
): SslMemError {
  const flags = asked.map((key) => `--${kebab(key)}`).join(", ");
  const list = others.length === 0 ? "" : ` and leave ${FEWEST * others.length} for ${others.join(", ")}`;
  const follows = asked.includes("candidate") !== asked.includes("independent");
  const why = follows ? " (candidate and independent are equally many)" : "";
  return new SslMemError(
    "USAGE",
    `Expected sizes of the split that fit ${available} images${list} but those by ${flags} take ${given}${why}.`,
    `smaller values for ${flags}; they can be shares or numbers of images`,
  );
}
