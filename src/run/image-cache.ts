import { existsSync } from "node:fs";
import { rename, statfs } from "node:fs/promises";
import { join } from "node:path";
import { cacheRoot } from "../config/machine.js";
import { type DecodedImage, type Manifest, PackWriter } from "../data/index.js";
import { makeFolders } from "../folders.js";
import type { Reporter } from "./reporter.js";

/** A packed cache takes at most this share of what is free on its disk; beyond it images are decoded each time. */
const FREE_SHARE = 0.25;

/** Where the packed images of a manifest lie, whether they are there or not. */
export function packPath(manifestHash: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheRoot(env), "images", `${manifestHash}.pack`);
}

/** The packed images of a manifest if they are there, else null: then images are decoded when they are needed. */
export function existingPack(manifest: Manifest): string | null {
  const path = packPath(manifest.hash);
  return existsSync(path) ? path : null;
}

/**
 * Packs images while they are listed, so that each is decoded once. Gives up, and says so, when the folder cannot be
 * written or the images would fill the disk.
 */
export class CacheBuilder {
  #writer: PackWriter | null = null;
  #bytes = 0;
  #budget = 0;

  private constructor(readonly reporter: Reporter) {}

  static async open(reporter: Reporter): Promise<CacheBuilder> {
    const builder = new CacheBuilder(reporter);
    const folder = join(cacheRoot(process.env), "images");
    try {
      await makeFolders(folder);
      const { bavail, bsize } = await statfs(folder);
      builder.#budget = bavail * bsize * FREE_SHARE;
      builder.#writer = await PackWriter.create(join(folder, `listing-${process.pid}`));
    } catch (error) {
      reporter.warn(
        `cannot keep decoded images in ${folder} (${(error as NodeJS.ErrnoException).code}); they are decoded each time`,
      );
    }
    return builder;
  }

  async add(image: DecodedImage): Promise<void> {
    if (this.#writer === null) return;
    this.#bytes += image.pixels.length;
    if (this.#bytes <= this.#budget) return this.#writer.add(image);
    await this.#writer.discard();
    this.#writer = null;
    this.reporter.note("The decoded images would fill the cache's disk; they are decoded each time instead.");
  }

  /** Completes the file under the manifest's name. */
  async finish(manifest: Manifest): Promise<void> {
    if (this.#writer === null) return;
    await this.#writer.finish(manifest.hash);
    await rename(this.#writer.path, packPath(manifest.hash));
  }

  async discard(): Promise<void> {
    await this.#writer?.discard();
  }
}
