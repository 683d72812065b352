import * as tf from "../engine/tf.js";
import { valuesOnce } from "../engine/values-once.js";
import type { StepResult } from "./model.js";

/** What a step measured, read back. */
interface Numbers {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What the steps since the last report measured. It stays on the device until it is asked for, and is then read in one piece. */
export class Window {
  #known: Numbers[] = [];
  #unread: StepResult[] = [];
  #images = 0;
  #began = performance.now();

  /** Takes the result over. @param images of the step */
  add(result: StepResult, images: number): void {
    this.#unread.push(result);
    this.#images += images;
  }

  /** The first loss that is not finite, and how many steps ago it was (0 for the last one); null where all are finite. */
  firstFault(): { loss: number; stepsAgo: number } | null {
    this.#read();
    const place = this.#known.findIndex(({ loss }) => !Number.isFinite(loss));
    const found = this.#known[place];
    return found === undefined ? null : { loss: found.loss, stepsAgo: this.#known.length - 1 - place };
  }

  /** Means of the loss and of each metric, and images per second of wall time; begins anew. */
  take(): Numbers & { imagesPerSecond: number } {
    this.#read();
    const known = this.#known;
    const names = Object.keys(known[0]?.metrics ?? {});
    const means = names.map((name) => [name, mean(known.map(({ metrics }) => metrics[name] as number))]);
    const loss = mean(known.map((one) => one.loss));
    const imagesPerSecond = (1000 * this.#images) / (performance.now() - this.#began);
    this.drop();
    return { loss, metrics: Object.fromEntries(means), imagesPerSecond };
  }

  #read(): void {
    const results = this.#unread;
    if (results.length === 0) return;
    const values = valuesOnce(() =>
      tf.stack(results.flatMap(({ loss, metrics }) => [loss, ...Object.values(metrics)])),
    );
    let next = 0;
    const take = () => values[next++] as number;
    for (const { metrics } of results) {
      const loss = take();
      const numbers = Object.keys(metrics).map((name) => [name, take()]);
      this.#known.push({ loss, metrics: Object.fromEntries(numbers) });
    }
    this.#free();
  }

  /** Frees what has not been taken; begins anew. */
  drop(): void {
    this.#free();
    this.#known = [];
    this.#images = 0;
    this.#began = performance.now();
  }

  #free(): void {
    for (const { loss, metrics } of this.#unread) tf.dispose([loss, ...Object.values(metrics)]);
    this.#unread = [];
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
