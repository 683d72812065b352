import { existsSync } from "node:fs";
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
    await manifest.write(run.paths.manifest);
    const { skipped } = manifest.facts;
    reporter.finish(
      `${manifest.count} images${skipped.length > 0 ? `, ${skipped.length} unreadable ones skipped` : ""}`,
    );
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
  const trainable = manifest.entries.reduce((sum, entry) => sum + (entry.part === "train" ? 1 : 0), 0);
  const hasDefaultLimit = run.resolved.from.limit !== "flag" && !run.resolved.from.limit.startsWith("file:");
  // A preset's limit says how many are enough, not how many there must be.
  const limit =
    settings.limit !== null && hasDefaultLimit ? Math.min(settings.limit, trainable) : settings.limit;
  const split = makeSplit(manifest, {
    seed: settings.splitSeed,
    scheme: settings.splitScheme,
    limit,
    shared: settings.shared,
    candidate: settings.candidate,
    independent: settings.independent,
    external: settings.external,
    stratify: settings.stratify,
  });
  await split.write(run.paths.split);
  const counts = ["shared", "candidate", "independent", "external"] as const;
  reporter.note(`Split: ${counts.map((subset) => `${split.indices(subset).length} ${subset}`).join(", ")}.`);
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
