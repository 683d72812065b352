import { existsSync } from "node:fs";
import { readIdList } from "../../data/id-list.js";
import {
  buildManifest,
  Manifest,
  makeSplit,
  openSource,
  Split,
  type StoreDescriptor,
} from "../../data/index.js";
import type { StepContext } from "../context.js";
import { CacheBuilder, existingPack } from "../image-cache.js";
import { describeSkipped, writeSkipped } from "./skipped.js";
import { splitSizes } from "./split-sizes.js";

/**
 * Lists the images of the run's data set, or reads the list that is there. Each image is decoded once, so that unreadable
 * ones are known, and kept in the packed cache on the way.
 * Throws SslMemError DATA when there is nothing to read; the signal's reason.
 */
export async function listImages({ run, reporter, signal }: StepContext): Promise<Manifest> {
  if (existsSync(run.paths.manifest)) return Manifest.read(run.paths.manifest);
  const { data, sourceKind, strict, cacheImages } = run.resolved.settings;
  const source = await openSource(data as string, sourceKind);
  const cache = cacheImages ? await CacheBuilder.open(reporter) : null;
  reporter.start("listing images");
  try {
    const manifest = await buildManifest(source, {
      strict,
      ...(signal === undefined ? {} : { signal }),
      onImage: async (image) => cache?.add(image),
      onProgress: (done, total) => reporter.update({ done, total }),
    });
    await cache?.finish(manifest);
    const { skipped } = manifest.facts;
    if (skipped.length > 0) await writeSkipped(run.paths.skipped, skipped);
    await manifest.write(run.paths.manifest);
    if (skipped.length === 0) reporter.finish(`${manifest.count} images`);
    else {
      reporter.finish(
        `${manifest.count} images, ${skipped.length} unreadable ${skipped.length === 1 ? "one" : "ones"} skipped`,
      );
      reporter.note(describeSkipped(skipped, run.paths.skipped));
    }
    return manifest;
  } catch (error) {
    await cache?.discard();
    reporter.finish("stopped");
    throw error;
  } finally {
    await source.close();
  }
}

/** Divides the images into the four subsets, or reads the division that is there. Throws SslMemError USAGE or DATA. */
export async function splitImages({ run, reporter }: StepContext, manifest: Manifest): Promise<Split> {
  if (existsSync(run.paths.split)) return Split.read(run.paths.split, manifest);
  const { settings } = run.resolved;
  const train = manifest.entries.filter(({ part }) => part === "train").length;
  const parts = { train, test: manifest.count - train };
  const wanted = splitSizes(run.resolved, parts);
  const whole = makeSplit(manifest, {
    seed: settings.splitSeed,
    scheme: settings.splitScheme,
    ...wanted,
    stratify: settings.stratify,
  });
  const split =
    settings.exclude === null ? whole : await excluding(whole, settings.exclude, manifest, reporter);
  await split.write(run.paths.split);
  const counts = ["shared", "candidate", "independent", "external"] as const;
  reporter.note(`Split: ${counts.map((subset) => `${split.indices(subset).length} ${subset}`).join(", ")}.`);
  return split;
}

async function excluding(
  whole: Split,
  path: string,
  manifest: Manifest,
  reporter: StepContext["reporter"],
): Promise<Split> {
  const ids = await readIdList(path);
  const { split, excluded } = whole.without(ids, manifest);
  const others = ids.length - excluded;
  reporter.note(
    `Excluded: ${excluded} ${excluded === 1 ? "image" : "images"}${others > 0 ? `; ${others} of the ids ${others === 1 ? "is" : "are"} not of this split's images` : ""}.`,
  );
  return split;
}

/** What workers need to open the run's images by themselves. */
export function storeDescriptor({ run }: StepContext, manifest: Manifest): StoreDescriptor {
  const { data, sourceKind, cacheImages } = run.resolved.settings;
  return {
    manifestPath: run.paths.manifest,
    data: data as string,
    kind: sourceKind,
    packPath: cacheImages ? existingPack(manifest) : null,
  };
}
