import { closeSync, openSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { SslMemError } from "../../../errors.js";
import { foreign } from "../../../text/foreign.js";
import { ImageList } from "../../image-list.js";
import { endingOf, isImageName, nameKind, READ_ENDINGS, UNREAD_IMAGE } from "../../image-names.js";
import type { Layout } from "../../labels.js";
import { naturalOrder } from "../../natural-order.js";
import { stampNow } from "../../stamp.js";
import { countImages, many, shortList } from "../../taken.js";
import type { DataPart, Listing, ListOptions, Stamp, Taken } from "../../types.js";
import { LeftOutTally } from "../left-out.js";
import { Pace } from "../pace.js";
import { Placed } from "../placed-images.js";
import { leaveOutByName } from "../walk.js";
import { BLOCK, parseHeader } from "./header.js";
import { LabelValues, UNLABELLED } from "./label-values.js";
import { SIDECARS, Sidecars, TarImages } from "./members.js";
import { noTarImages } from "./no-tar-images.js";
import { chooseImages, keyOf, stemOf } from "./samples.js";
import { type Member, scanTar } from "./scan.js";
import { partsByName } from "./tar-parts.js";

const WORDNET = /^n\d{8}\.tar$/;

/** Whether the first bytes of a file are a tar header. */
export function isTarHeader(head: Buffer): boolean {
  return head.length >= BLOCK && parseHeader(head.subarray(0, BLOCK)) !== null;
}

/** Lists archives one after the other; what is kept of each but its images is let go before the next. */
export class TarListing {
  readonly #images = new ImageList();
  readonly #placed = new Placed();
  readonly #values = new LabelValues();
  readonly #pace: Pace;
  readonly #other = new LeftOutTally();
  readonly #sampleEndings = new Set<string>();
  readonly #joined: string[] = [];
  readonly #unmarked: string[] = [];
  /** Whether each archive is a class: ILSVRC2012_img_train.tar holds one for each WordNet id. */
  #areClasses = false;
  #doubles = 0;
  #dotted = 0;
  /** Images whose .cls or .json says something about labels, if only that there is none. */
  #spoken = 0;

  constructor(
    readonly spec: string,
    readonly root: string,
    readonly sampleImage: string | null,
    options: ListOptions,
    readonly leftOut = new LeftOutTally(),
  ) {
    this.#pace = new Pace(options.signal, () => options.onProgress?.(this.#images.count));
    if (sampleImage !== null && !READ_ENDINGS.has(endingOf(`x.${sampleImage}`)))
      throw new SslMemError(
        "USAGE",
        `Expected the ending of an image for --sample-image but received "${sampleImage}".`,
        "--sample-image jpg",
      );
  }

  /** @param archives paths relative to the root @param stamps of the folders that they were found in; null: no use keeping @param why for `taken` */
  async read(archives: readonly string[], stamps: readonly Stamp[] | null, why: string): Promise<Listing> {
    const sorted = [...archives].sort(naturalOrder);
    const parts = partsByName(sorted);
    this.#areClasses = sorted.length > 1 && sorted.every((archive) => WORDNET.test(basename(archive)));
    const own = sorted.map((archive) => stampNow(join(this.root, archive)));
    for (const [i, archive] of sorted.entries()) await this.#archive(archive, parts?.[i] ?? null);
    if (this.#images.count === 0) throw noTarImages(this.spec, sorted, this.#other, this.sampleImage);
    const hasSidecars = this.#spoken > 0;
    const layout = this.#placed.finish(this.#images, !hasSidecars);
    const labelNames = hasSidecars ? this.#applyLabels() : layout.labelNames;
    return {
      images: this.#images,
      labelNames,
      outlierIds: null,
      taken: this.#taken(why, labelNames, layout, parts, sorted),
      stamps: stamps === null ? null : [...stamps, ...own],
    };
  }

  async #archive(archive: string, part: DataPart | null): Promise<void> {
    const images = new TarImages();
    const sidecars = new Sidecars(this.#values);
    const path = join(this.root, archive);
    const ending = await scanTar(
      path,
      archive,
      (member) => this.#member(member, archive, images, sidecars),
      this.#pace,
    );
    if (ending.archives > 1) this.#joined.push(archive);
    if (!ending.isMarked) this.#unmarked.push(archive);
    images.seal();
    await this.#take(archive, part, images, sidecars);
  }

  #member(member: Member, archive: string, images: TarImages, sidecars: Sidecars): void {
    const { name, kind } = member;
    if (kind === "directory" || kind === "remark") return;
    const path = `${archive}/${name}`;
    if (kind === "link") this.leftOut.add("links inside of tar files", path);
    else if (kind === "sparse")
      this.leftOut.add("sparse members of tar files, whose holes are not stored", path);
    else if (kind === "device") this.leftOut.add("pipes, sockets and devices", path);
    else if (kind === "other") this.leftOut.add("members of kinds that only their program reads", path);
    else if (isImageName(name)) {
      if (images.add(name, member.offset, member.bytes)) this.#doubles++;
    } else {
      const ending = SIDECARS.find((one) => endingOf(name) === one);
      const type = nameKind(name);
      if (ending === undefined || type === "hidden") {
        leaveOutByName(this.leftOut, path, type);
        leaveOutByName(this.#other, name, type);
      } else {
        const { offset, bytes } = member;
        const reread = () => readPiece(join(this.root, archive), offset, bytes);
        sidecars.add(stemOf(name), ending, member, path, reread);
      }
    }
  }

  async #take(archive: string, part: DataPart | null, images: TarImages, sidecars: Sidecars): Promise<void> {
    const { taken, isWebDataset, otherEndings, isDotted } = chooseImages(
      images,
      sidecars,
      this.sampleImage,
      archive,
    );
    if (isDotted) this.#dotted++;
    for (const ending of otherEndings) this.#sampleEndings.add(ending);
    const folder = dirname(archive);
    const above = part !== null ? `${part}/` : folder === "." ? "" : `${folder}/`;
    const prefix = this.#areClasses ? `${above}${basename(archive, ".tar")}/` : above;
    for (let row = 0; row < images.names.length; row++) {
      if (!images.counts(row)) continue;
      if (this.#pace.isDue) await this.#pace.rest();
      const name = images.names[row] as string;
      const id = `${archive}/${name}`;
      const label = isWebDataset ? this.#labelOf(name, sidecars) : undefined;
      if (taken[row] === 0) {
        this.leftOut.add("other images of their samples", id, `.${name.slice(keyOf(name).length + 1)}`);
        continue;
      }
      if (label !== undefined) this.#spoken++;
      this.#images.push({
        id,
        path: archive,
        offset: images.offsets[row] as number,
        bytes: images.bytes[row] as number,
        label: label === undefined || label === UNLABELLED ? null : label,
        part: "train",
      });
      this.#placed.add(prefix + name);
    }
    const reason = isWebDataset ? "labels and texts that belong to no image" : null;
    sidecars.unused((name, ending) => {
      if (reason === null) leaveOutByName(this.leftOut, `${archive}/${name}`, "other");
      else this.leftOut.add(reason, `${archive}/${name}`, ending);
    });
  }

  #labelOf(name: string, sidecars: Sidecars): number | undefined {
    const [stem, key] = [stemOf(name), keyOf(name)];
    const own = sidecars.labelOf(stem);
    const shared = key === stem ? undefined : sidecars.labelOf(key);
    return own ?? shared;
  }

  /** Numbers the labels by their sorted names. @returns the names, or null when there are not two different ones */
  #applyLabels(): string[] | null {
    const { names, places } = this.#values.sorted();
    const used = new Set<number>();
    for (let row = 0; row < this.#images.count; row++) {
      const value = this.#images.label(row);
      if (value !== null) used.add(places[value] as number);
    }
    // Labels of files without an image are no classes.
    const kept = names.filter((_, place) => used.has(place));
    const numbers = new Int32Array(names.length);
    let next = 0;
    for (let place = 0; place < names.length; place++) numbers[place] = used.has(place) ? next++ : -1;
    for (let row = 0; row < this.#images.count; row++) {
      const value = this.#images.label(row);
      const number = value === null ? null : (numbers[places[value] as number] as number);
      this.#images.setLabel(row, kept.length < 2 ? null : number);
    }
    return kept.length < 2 ? null : kept;
  }

  #taken(
    why: string,
    labelNames: readonly string[] | null,
    layout: Layout,
    parts: readonly DataPart[] | null,
    archives: readonly string[],
  ): Taken {
    const { train, test, unlabelled } = countImages(this.#images);
    const from = (part: DataPart) =>
      parts === null ? layout.from[part] : archives.filter((_, i) => parts[i] === part);
    return {
      kind: "tar",
      why,
      parts: {
        train: { images: train, from: from("train") },
        test: { images: test, from: from("test") },
      },
      labels: labelNames === null ? null : { classes: labelNames.length, unlabelled },
      noLabels: labelNames !== null ? null : this.#spoken > 0 ? this.#whyNone() : layout.noLabels,
      leftOut: this.leftOut.list,
      notes: this.#notes(layout, parts),
    };
  }

  #whyNone(): string {
    const { names } = this.#values.sorted();
    return names.length === 0
      ? "no .cls or .json beside the images holds one"
      : `all that the .cls and .json hold are the same, ${foreign(names[0] ?? "")}`;
  }

  #notes(layout: Layout, parts: readonly DataPart[] | null): string[] {
    const notes = [...layout.notes];
    if (parts !== null) notes.push("Parts are read from the names of the tar files (train; val or test).");
    if (this.#spoken > 0)
      notes.push("Labels are those of the .cls files, else of the .json files, beside the images.");
    else for (const note of layout.classNotes) notes.push(note);
    if (this.#areClasses) notes.push("Each tar file is a class, since their names are WordNet ids.");
    if (this.#dotted > 0)
      notes.push(
        "File names have dots of their own, so a label belongs to the image of the same name up to the last dot.",
      );
    if (this.#sampleEndings.size > 0 && this.sampleImage === null)
      notes.push(
        `Samples have several images: the one with a single ending is taken, not .${shortList([...this.#sampleEndings].sort())} (--sample-image takes another).`,
      );
    if (this.#doubles > 0)
      notes.push(
        `${many(this.#doubles, "name")} occurred twice in a tar file: the last one counts, as when tar unpacks it.`,
      );
    if (this.#joined.length > 0)
      notes.push(
        `Several archives lie one after the other in ${shortList(this.#joined)}; all are read, as by tar -i.`,
      );
    if (this.#unmarked.length > 0)
      notes.push(
        `The end is not marked in ${shortList(this.#unmarked)}: all images there are whole, but if a copy was interrupted, some may be missing.`,
      );
    if (this.leftOut.endingsOf(UNREAD_IMAGE).length > 0)
      notes.push(
        "Images of kinds that are not read are left out; unpack the archive and convert them to have them.",
      );
    return notes;
  }
}

function readPiece(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(length);
    for (let read = 0; read < length; ) {
      const more = readSync(file, bytes, read, length - read, offset + read);
      if (more === 0) break;
      read += more;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}
