import { setImmediate } from "node:timers/promises";

/**
 * Makes things before they are asked for, in their order. What begins before a long synchronous call (a training step)
 * goes on beside it only as far as it needs no turn of the event loop; what needs one more turn is started one earlier.
 */
export class Ahead<T> {
  readonly #started: Promise<T>[] = [];
  #next: number;

  /**
   * @param make makes thing number n of [first, end)
   * @param depth how many are under way while one is used, >= 1
   */
  constructor(
    readonly make: (n: number) => Promise<T>,
    first: number,
    readonly end: number,
    readonly depth: number,
  ) {
    this.#next = first;
  }

  #start(count: number): void {
    while (this.#started.length < count && this.#next < this.end) {
      const made = this.make(this.#next++);
      made.catch(() => {}); // whoever takes it is told; until then it is not unhandled
      this.#started.push(made);
    }
  }

  /** The next one; those after it are under way when it is there. Rejects as make; call it at most end − first times. */
  async take(): Promise<T> {
    this.#start(1);
    const taken = await (this.#started.shift() as Promise<T>);
    this.#start(this.depth);
    await setImmediate(); // their first steps
    return taken;
  }

  /** Waits for what is under way and will not be used, and hands it to `dispose`. */
  async drop(dispose: (thing: T) => void): Promise<void> {
    for (const made of this.#started.splice(0)) await made.then(dispose, () => {});
  }
}
