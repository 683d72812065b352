import { freemem } from "node:os";
import { SslMemError } from "../errors.js";

/** A device had no memory left for a result. */
export class OutOfMemory extends SslMemError {
  /** Bytes that were asked for (0 where the library does not say), that tensors held then, and that were free. */
  readonly asked: number;
  readonly held: number;
  readonly free: number;

  constructor(
    what: string,
    device: string,
    sizes: { asked: number; held: number; free: number },
    cause: unknown,
  ) {
    const { asked, held, free } = sizes;
    const wanted = asked > 0 ? `${gibibytes(asked)} were asked for, ` : "";
    super(
      "ENGINE",
      `Not enough memory on ${device} for ${what}: ${wanted}${gibibytes(held)} of tensors are held, ${gibibytes(free)} are free.`,
      "a smaller batch",
      { cause },
    );
    this.asked = asked;
    this.held = held;
    this.free = free;
  }
}

const UNITS: Record<string, number> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** The amount of memory that a pattern finds in a text, in bytes; 0 where it finds none. */
function amount(text: string, pattern: RegExp): number {
  const [, value, unit] = pattern.exec(text) ?? [];
  return value === undefined ? 0 : Math.round(Number(value) * (UNITS[unit ?? "bytes"] ?? 1));
}

/**
 * What libtorch's sentence says of a failed allocation, in bytes. On a GPU what its allocator has kept but not given away is
 * free, too; on a CPU what is free is asked of the system.
 */
export function allocationOf(message: string): { asked: number; free: number } {
  const asked = amount(message, /tried to allocate ([\d.]+) (bytes|KiB|MiB|GiB|TiB)/i);
  if (!/out of memory/i.test(message)) return { asked, free: availableMemory() };
  const free = amount(message, /of which ([\d.]+) (bytes|KiB|MiB|GiB|TiB) is free/);
  const kept = amount(message, /and ([\d.]+) (bytes|KiB|MiB|GiB|TiB) is reserved by PyTorch but unallocated/);
  return { asked, free: free + kept };
}

/** Memory that this process can still have, bytes; a container's limit counts where Node knows of it. */
function availableMemory(): number {
  const { availableMemory: available } = process as { availableMemory?: () => number };
  return available === undefined ? freemem() : available.call(process);
}

/** What a batch needs. */
export interface BatchNeeds {
  batch: number;
  /** Bytes of tensors held before the batch: weights and the optimiser's state. */
  before: number;
  /** What a whole step is known to keep for an image, bytes; 0 where nothing is known. */
  perImage: number;
  /** Equal parts that the batch is worked on in, one after the other, and the flag that says how many. Left out: in one. */
  parts?: { flag: string; count: number };
}

/**
 * How many images would fit at once: the memory that the batch had taken and that was free, over what an image needs. Since the work
 * was not done when it failed, what it had taken and asked for is the least that an image needs.
 */
export function batchThatFits(
  { asked, held, free }: { asked: number; held: number; free: number },
  { batch: all, before, perImage, parts }: BatchNeeds,
): number {
  const batch = all / (parts?.count ?? 1);
  const taken = Math.max(0, held - before);
  const needed = Math.max((taken + asked) / batch, perImage);
  return Math.min(batch - 1, Math.floor((taken + free) / needed));
}

/**
 * Runs a batch's work; where memory runs out, the error's hint names the batch that would fit.
 *
 * @param flag what sets the batch, such as --batch @param least smallest batch that makes sense
 */
export function withinMemory<T>(flag: string, least: number, needs: BatchNeeds, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withBatch(error, flag, least, needs);
  }
}

/** The same for work that is waited for; `needs` is asked for when memory has run out. */
export async function waitWithinMemory<T>(
  flag: string,
  least: number,
  needs: () => BatchNeeds,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withBatch(error, flag, least, needs());
  }
}

function withBatch(error: unknown, flag: string, least: number, needs: BatchNeeds): unknown {
  if (!(error instanceof OutOfMemory)) return error;
  const fits = batchThatFits(error, needs);
  const hint =
    fits >= least
      ? `${flag} ${fits * (needs.parts?.count ?? 1)} should fit (by what ${imagesOf(needs)} take and what is free)${orParts(fits, least, needs)}`
      : `not even ${leastOf(flag, least, needs)} would fit: a smaller --image-size or --arch`;
  return new SslMemError("ENGINE", error.message, hint, { cause: error });
}

const imagesOf = ({ batch, parts }: BatchNeeds): string =>
  parts === undefined || parts.count === 1 ? `${batch} images` : `${batch / parts.count} images at a time`;

const leastOf = (flag: string, least: number, { parts }: BatchNeeds): string =>
  parts === undefined || parts.count === 1 ? `${flag} ${least}` : `${least} images at a time`;

/** The same batch in so many parts that one fits, where there are such. */
function orParts(fits: number, least: number, { batch, parts }: BatchNeeds): string {
  if (parts === undefined) return "";
  for (let count = parts.count + 1; batch / count >= least; count++)
    if (batch % count === 0 && batch / count <= fits) return `, or ${parts.flag} ${count}`;
  return "";
}

function gibibytes(bytes: number): string {
  const gib = bytes / 2 ** 30;
  return gib >= 0.1 ? `${gib.toFixed(1)} GiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
