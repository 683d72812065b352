import type { Recorder, Recording } from "../engine/recorder.js";
import * as tf from "../engine/tf.js";
import { runNative } from "../engine/torch/ops.js";

/** What a batch says to a model, on the engine's device. */
export interface Measured {
  loss: tf.Tensor;
  accuracy: tf.Tensor | null;
  /** Of every trainable array, in the model's order. */
  gradients: tf.Tensor[];
  /** Name of the normalisation, mean and variance of the batch. */
  statistics: [string, tf.Tensor, tf.Tensor][];
}

/** Steps before the recording: libraries choose their algorithms and take their memory in them. */
const WARM_UP = 3;

/** Measures batches with a recording: each is copied to where the recorded work reads, which then starts as one. */
export class RecordedMeasurement {
  #steps = 0;
  #views: tf.Tensor4D[] = [];
  #recording: Recording | null = null;
  #names: string[] = [];

  /**
   * @param weights what `measure` reads beside the views @param measure a function of both that reads nothing back; its
   * tensors are kept
   */
  constructor(
    readonly recorder: Recorder,
    readonly weights: readonly tf.Tensor[],
    readonly measure: (views: tf.Tensor4D[]) => Measured,
  ) {}

  /** As `measure`, with `owned` false for results that the next call writes over and that are not to be disposed of. */
  of(views: tf.Tensor4D[]): Measured & { owned: boolean } {
    if (this.#steps++ < WARM_UP) return { ...this.measure(views), owned: true };
    if (this.#recording === null) this.#record(views);
    else if (views.length > 0) {
      const updated = this.#views.length;
      runNative("SslMemAssign", [...this.#views, ...views], { updated });
    }
    const { outputs, replay } = this.#recording as unknown as Recording;
    replay();
    const [loss, ...rest] = outputs as [tf.Tensor, ...tf.Tensor[]];
    const count = this.weights.length;
    const pairs = rest.slice(rest.length - 2 * this.#names.length);
    const accuracy = rest.length - pairs.length > count ? (rest.shift() as tf.Tensor) : null;
    const statistics = this.#names.map(
      (name, i) => [name, pairs[2 * i], pairs[2 * i + 1]] as [string, tf.Tensor, tf.Tensor],
    );
    return { loss, accuracy, gradients: rest.slice(0, count), statistics, owned: false };
  }

  #record(views: tf.Tensor4D[]): void {
    this.#views = views.map((view) => tf.keep(runNative("SslMemCopy", [view])[0] as tf.Tensor4D));
    this.#recording = this.recorder.record([...this.weights, ...this.#views], () => {
      const { loss, accuracy, gradients, statistics } = this.measure(this.#views);
      this.#names = statistics.map(([name]) => name);
      const pairs = statistics.flatMap(([, mean, variance]) => [mean, variance]);
      return [loss, ...(accuracy === null ? [] : [accuracy]), ...gradients, ...pairs];
    });
  }

  dispose(): void {
    this.#recording?.dispose();
    tf.dispose(this.#views);
  }
}
