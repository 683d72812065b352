/** One encoded picture, made the same way each time, and what its decoding is compared by. */
export interface PictureCase {
  bytes: Buffer;
  /** Levels that decoders may differ; 0 when left out. Give the reason where it is set. */
  tolerance?: number;
  /** Pillow reads it, decodeImage does not: the reason that it gives. */
  refused?: RegExp;
  /** Its colours are stored coarsely, and spread to pixels otherwise than Pillow's decoder does; brightness is the same. */
  isChromaRepeated?: boolean;
  /** 16-bit greyscale: the one kind that is read otherwise than by Pillow, by its high byte. */
  isDeepGrey?: boolean;
}

export type PictureCases = Record<string, PictureCase | Buffer>;

export const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/** One case for each of the numbers, under `name` with the number after it. */
export async function each<T extends string | number>(
  name: string,
  values: readonly T[],
  make: (value: T) => Buffer | Promise<Buffer>,
): Promise<PictureCases> {
  return Object.fromEntries(
    await Promise.all(values.map(async (value) => [`${name}-${value}`, await make(value)] as const)),
  );
}
