import { blaming, blamingLater, contractBroken, ownName } from "../../faults/index.js";
import { ImageList } from "../image-list.js";
import type { DecodedImage, Listing, ListOptions, Source, SourceEntry } from "../types.js";
import { emptySource } from "./empty-source.js";

/** How the reason begins for which an image was left out, where the source's own code is at fault. */
const FAILED = "code of the source";

/** Whether an image was left out since the source's own code failed on it, not for what its bytes are. */
export const isOwnFailure = (reason: string): boolean => reason.startsWith(FAILED);

/** What code that was written wrongly throws, whatever it is given. */
const isSlip = (error: unknown): boolean => error instanceof ReferenceError || error instanceof TypeError;

/**
 * A source, held to its contract: what its listing throws, and a listing or image of another form, name the source. An image
 * that cannot be read or decoded stays an image that is left out, for the reason that the source gives. Every source without
 * images says so in one way.
 */
export function checkedSource(source: Source): Source {
  const owner = ownName("source", source.kind);
  const onImage = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isSlip(error)) throw error;
      const { message } = error as Error;
      throw new Error(`${FAILED} "${source.kind}" failed on it, ${what}: ${message}`, { cause: error });
    }
  };
  return {
    kind: source.kind,
    spec: source.spec,
    isEncoded: source.isEncoded,
    async list(options: ListOptions = {}): Promise<Listing> {
      const listing = await blamingLater(`the listing of ${owner}`, () => source.list(options)).catch(
        (error: unknown) => {
          // The caller's own wish to stop is not the source's fault.
          throw options.signal?.aborted ? options.signal.reason : error;
        },
      );
      if (!(listing?.images instanceof ImageList))
        throw contractBroken(`Expected an ImageList as the images of a listing of ${owner}.`);
      if (listing.images.count === 0) throw emptySource(source.spec);
      if (listing.taken === undefined || listing.labelNames === undefined)
        throw contractBroken(`Expected labelNames and taken in a listing of ${owner}, but one is not there.`);
      return listing;
    },
    bytes: (entry) => onImage("reading", () => source.bytes(entry)),
    async decode(bytes, entry) {
      const image = await onImage("decoding", () => source.decode(bytes, entry));
      checkImage(owner, image, entry);
      return image;
    },
    fileOf: (entry) => blaming(`fileOf() of ${owner}`, () => source.fileOf(entry)),
    close: () => source.close(),
  };
}

function checkImage(owner: string, image: DecodedImage, { id }: SourceEntry): void {
  const { width, height, pixels } = image ?? {};
  const isSide = (side: unknown) => Number.isInteger(side) && (side as number) >= 1;
  if (isSide(width) && isSide(height) && pixels instanceof Uint8Array && pixels.length === 3 * width * height)
    return;
  const found = pixels instanceof Uint8Array ? `${pixels.length} bytes` : "something else";
  throw contractBroken(
    `Expected a width, a height and a Uint8Array of 3 · width · height pixels for ${id} from ${owner} but received ${width}, ${height} and ${found}.`,
  );
}
