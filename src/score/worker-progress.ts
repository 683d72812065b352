import type { WorkerMessage, WorkerProgress } from "./types.js";

interface Count {
  device: string;
  parts: number;
  images: number;
  /** Milliseconds, when its engine was open and when it scored last. */
  began: number;
  last: number;
}

/** Counts, worker by worker, what they tell of their work. */
export class WorkerTally {
  readonly #counts = new Map<number, Count>();

  /** @param now milliseconds of any clock that does not go back */
  hear({ worker, device, scored = 0 }: WorkerMessage, now: number): void {
    if (device !== undefined)
      this.#counts.set(worker, { device, parts: 0, images: 0, began: now, last: now });
    const count = this.#counts.get(worker);
    if (count === undefined || scored === 0) return;
    count.images += scored;
    count.last = now;
  }

  /** A part of that worker is written. */
  finished(worker: number): void {
    const count = this.#counts.get(worker);
    if (count !== undefined) count.parts += 1;
  }

  /** Every worker that has opened its engine, by number. */
  get workers(): WorkerProgress[] {
    return [...this.#counts]
      .sort(([a], [b]) => a - b)
      .map(([worker, { device, parts, images, began, last }]) => ({
        worker,
        device,
        parts,
        images,
        imagesPerSecond: last > began ? (1000 * images) / (last - began) : null,
      }));
  }
}
