import * as tf from "../engine/tf.js";
import type { StepResult } from "./model.js";

/** Means over the steps since the last report. Metrics are not read back from the device until they are asked for. */
export class Window {
  #results: StepResult[] = [];
  #images = 0;
  #began = performance.now();

  /** Takes the result over. @param images of the step */
  add(result: StepResult, images: number): void {
    this.#results.push(result);
    this.#images += images;
  }

  /** Means of the loss and of each metric, and images per second of wall time; begins anew. */
  take(): { loss: number; metrics: Record<string, number>; imagesPerSecond: number } {
    const results = this.#results;
    const loss = mean(results.map((one) => one.loss));
    const names = Object.keys(results[0]?.metrics ?? {});
    const metrics = Object.fromEntries(
      names.map((name) => [
        name,
        mean(results.map((one) => (one.metrics[name] as tf.Scalar).dataSync()[0] as number)),
      ]),
    );
    const imagesPerSecond = (1000 * this.#images) / (performance.now() - this.#began);
    this.drop();
    this.#images = 0;
    this.#began = performance.now();
    return { loss, metrics, imagesPerSecond };
  }

  /** Frees what has not been taken. */
  drop(): void {
    for (const { metrics } of this.#results) tf.dispose(Object.values(metrics));
    this.#results = [];
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
