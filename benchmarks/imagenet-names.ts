// Data sets with ImageNet's number of images, as it is kept: one tar by class, 147 WebDataset shards with .cls, a folder by
// class. The images are tiny: what is measured is listing names and dividing them.
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { memberBlocks, TAR_END } from "../test/data/inputs.js";

/** ILSVRC-2012's training images, and its classes. */
export const IMAGES = 1_281_167;
const CLASSES = 1000;
const SHARDS = 147;

/** Name of the n-th image, in its class. */
const nameOf = (n: number) => {
  const wnid = `n${String(1_440_764 + 7 * (n % CLASSES)).padStart(8, "0")}`;
  return `${wnid}/${wnid}_${Math.floor(n / CLASSES)}.JPEG`;
};

async function tinyImage(): Promise<Buffer> {
  return sharp({ create: { width: 24, height: 24, channels: 3, background: "#9c4" } })
    .jpeg({ quality: 60 })
    .toBuffer();
}

/** Writes members one after the other, in pieces of some megabytes. */
class TarFile {
  readonly #file: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  add(path: string, content: Buffer): void {
    this.#put(memberBlocks([path, content]));
  }

  end(): void {
    this.#put(TAR_END);
    this.#flush();
    closeSync(this.#file);
  }

  #put(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > 4 << 20) this.#flush();
  }

  #flush(): void {
    const all = Buffer.concat(this.#pieces);
    for (let at = 0; at < all.length; ) at += writeSync(this.#file, all, at);
    [this.#pieces, this.#bytes] = [[], 0];
  }
}

/** One tar with all images in class folders. */
export async function oneTar(folder: string, images = IMAGES): Promise<string> {
  const path = join(folder, "train.tar");
  const image = await tinyImage();
  const tar = new TarFile(path);
  for (let n = 0; n < images; n++) tar.add(nameOf(n), image);
  tar.end();
  return path;
}

/** WebDataset shards: an image and its .cls for each sample. */
export async function shards(folder: string, images = IMAGES): Promise<string> {
  const path = join(folder, "shards");
  mkdirSync(path);
  const image = await tinyImage();
  const each = Math.ceil(images / SHARDS);
  for (let shard = 0; shard * each < images; shard++) {
    const tar = new TarFile(join(path, `imagenet-train-${String(shard).padStart(6, "0")}.tar`));
    for (let n = shard * each; n < Math.min(images, (shard + 1) * each); n++) {
      const key = String(n).padStart(8, "0");
      tar.add(`${key}.jpg`, image);
      tar.add(`${key}.cls`, Buffer.from(String(n % CLASSES)));
    }
    tar.end();
  }
  return path;
}

/** A folder for each class. */
export async function classFolders(folder: string, images = IMAGES): Promise<string> {
  const path = join(folder, "folders");
  const image = await tinyImage();
  for (let n = 0; n < images; n++) {
    const name = nameOf(n);
    if (n < CLASSES) mkdirSync(join(path, name.split("/")[0] as string), { recursive: true });
    writeFileSync(join(path, name), image);
  }
  readdirSync(path);
  return path;
}
