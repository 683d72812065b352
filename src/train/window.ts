import * as tf from "../engine/tf.js";
import type { StepResult } from "./model.js";

/** Means over the steps since the last report. Nothing is read back from the device until they are asked for. */
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
      names.map((name) => [name, mean(results.map((one) => one.metrics[name] as tf.Scalar))]),
    );
    const imagesPerSecond = (1000 * this.#images) / (performance.now() - this.#began);
    this.drop();
    this.#images = 0;
    this.#began = performance.now();
    return { loss, metrics, imagesPerSecond };
  }

  /** Frees what has not been taken. */
  drop(): void {
    for (const { loss, metrics } of this.#results) tf.dispose([loss, ...Object.values(metrics)]);
    this.#results = [];
  }
}

/** In float64, of float32 scalars. */
function mean(scalars: readonly tf.Scalar[]): number {
  return scalars.reduce((sum, scalar) => sum + (scalar.dataSync()[0] as number), 0) / scalars.length;
}
