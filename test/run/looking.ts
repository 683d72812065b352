// How tests look at the images of a run: small folders of pictures of one grey each, and the first steps of a verb.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import type { Settings } from "../../src/config/all-settings.js";
import { resolveSettings } from "../../src/config/resolve.js";
import { openStore, SUBSETS } from "../../src/data/index.js";
import { openRun } from "../../src/run/open-run.js";
import { type Reporter, silent } from "../../src/run/reporter.js";
import { type DividedImages, dividedImages } from "../../src/steps/divided-images.js";
import { stepContext } from "../../src/steps/step-context.js";
import { temporaryDirectory } from "../train/helpers.js";

const SIZE = 6;

/** An image file of one level of grey: all of them have the same length. */
export function picture(level: number, [width, height] = [SIZE, SIZE]): Promise<Buffer> {
  const raw = { width, height, channels: 3 as const };
  return sharp(Buffer.alloc(width * height * 3, level), { raw })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

/** A folder of images, i.png with level first + i; those in `broken` are no images. */
export async function folder(count: number, first = 0, broken: readonly number[] = []): Promise<string> {
  const root = temporaryDirectory();
  for (let i = 0; i < count; i++)
    writeFileSync(join(root, `${i}.png`), broken.includes(i) ? "no image" : await picture(first + i));
  return root;
}

export interface Looked extends DividedImages {
  readonly root: string;
  readonly notes: string[];
  readonly warnings: string[];
}

export type Flags = Partial<Record<keyof Settings, string>>;

interface LookOptions {
  readonly shard?: string | null;
  readonly reporter?: Partial<Reporter>;
  readonly signal?: AbortSignal;
}

/** Opens a run on a data set and gets its images, as the first steps of a verb do. */
export async function look(
  data: string,
  flags: Flags = {},
  root = join(temporaryDirectory(), "run"),
  { shard = null, reporter: own = {}, signal }: LookOptions = {},
): Promise<Looked> {
  const given = new Map(Object.entries({ data, ...flags })) as Map<keyof Settings, string>;
  const resolved = resolveSettings({ flags: given });
  const run = await openRun({
    root,
    resolved,
    steps: ["manifest", "split"] as const,
    force: false,
    shard,
    command: "test",
  });
  const [notes, warnings]: [string[], string[]] = [[], []];
  const reporter = {
    ...silent,
    ...own,
    note: (line: string) => notes.push(line),
    warn: (line: string) => warnings.push(line),
  };
  try {
    return { ...(await dividedImages(stepContext(run, reporter, signal))), root, notes, warnings };
  } finally {
    await run.release();
  }
}

export const SIZES: Flags = { shared: "4", candidate: "2", independent: "2", external: "2" };

/** Levels of the used images as a store gives them, by id. */
export async function levels({ store, manifest }: DividedImages): Promise<Record<string, number>> {
  const opened = await openStore(store);
  const { pack, slots, release } = await opened.load(manifest.used);
  const found = Object.fromEntries(
    [...slots].map((slot, i) => [
      manifest.entry(manifest.used[i] as number).id,
      pack.image(slot).pixels[0] as number,
    ]),
  );
  release();
  await opened.close();
  return found;
}

export const subsets = ({ split, manifest }: DividedImages) =>
  Object.fromEntries(
    SUBSETS.map((name) => [name, [...split.indices(name)].map((index) => manifest.entry(index).id)]),
  );
