import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { openedEngine, waitWithinMemory, withinMemory } from "../engine/index.js";
import { SslMemError } from "../errors.js";
import type { Moment } from "../methods/types.js";
import type { DeferredTensor, StoredTensor } from "../nn/index.js";
import { Ahead, disposeViews } from "../views/index.js";
import { type Checkpoint, latestWeights, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { divergence, type Fault, goingBack, interruptedAt } from "./fault.js";
import { appendMetrics, METRICS_SCHEMA, truncateMetrics } from "./metrics.js";
import { Window } from "./metrics-window.js";
import type { StepBatch, TrainingModel } from "./model.js";
import { type Arrays, copied } from "./namespaces.js";
import { recipeRateAt } from "./schedule.js";
import type { StepStream } from "./stream.js";
import type { TrainOptions, TrainResult } from "./types.js";

/** What the steps of a training need. */
interface Given {
  readonly options: TrainOptions;
  readonly stream: StepStream;
  readonly configuration: string;
  /** A model as it was at a checkpoint; null: before the first step. */
  readonly modelAt: (point: Checkpoint | null) => TrainingModel;
  /** performance.now() when the call began */
  readonly started: number;
}

/**
 * The steps of a training. Losses stay on the device until a report or a checkpoint is due, since reading one waits for all
 * that the device has been given to do. Where one then is not finite, the steps since the last checkpoint are done again, one
 * by one, to find the last good state. No state is saved that was not found to be finite.
 */
export class Loop {
  readonly #steps: number;
  readonly #end: number;
  readonly #metrics: string;
  readonly #window = new Window();
  #model: TrainingModel | null = null;
  /** The next steps' views are made on other threads while one computes. */
  #ahead: Ahead<StepBatch> | null = null;
  /** Training time before this call, seconds. */
  #secondsBefore = 0;
  /** Step and weights of this training's newest checkpoint; null: there is none. */
  #saved: { step: number; weights: string } | null = null;
  #savedAt = performance.now();
  /** Steps before this one are looked at one by one. */
  #doubtedUntil = 0;
  #last: { loss: number; metrics: Readonly<Record<string, number>> } | null = null;

  constructor(readonly given: Given) {
    const { options, stream } = given;
    this.#steps = stream.perEpoch * options.epochs;
    this.#end = Math.min(this.#steps, options.stopAfterSteps ?? this.#steps);
    this.#metrics = join(options.directory, "metrics.jsonl");
  }

  /** From a checkpoint, or from the beginning, to the end. Throws SslMemError NUMERIC and INTERRUPTED as trainEncoder. */
  async run(checkpoint: Checkpoint | null): Promise<TrainResult> {
    const first = checkpoint?.step ?? 0;
    this.#secondsBefore = checkpoint?.seconds ?? 0;
    try {
      if (checkpoint !== null)
        this.#saved = { step: first, weights: (await latestWeights(this.given.options.directory)) ?? "" };
      if (first < this.#end || checkpoint === null) await this.#goTo(checkpoint);
      // Nothing is trained: the initial values are what there is to look at.
      if (this.#end === 0 && checkpoint === null)
        await this.#save(0, (this.#model as TrainingModel).arrays());
      for (let step = first; step < this.#end; ) step = await this.#pass(step);
    } finally {
      await this.#leave();
    }
    return {
      weights: this.#saved?.weights ?? "",
      step: Math.max(first, this.#end),
      stepsRun: Math.max(0, this.#end - first),
      loss: this.#last?.loss ?? null,
      metrics: this.#last?.metrics ?? {},
      seconds: (performance.now() - this.given.started) / 1000,
    };
  }

  /** Does a step and what is due after it. @returns the step that comes next */
  async #pass(step: number): Promise<number> {
    const { options, stream } = this.given;
    const model = this.#model as TrainingModel;
    const isDoubted = step < this.#doubtedUntil;
    const before = isDoubted ? copied(model.arrays()) : null;
    const epoch = Math.floor(step / stream.perEpoch);
    const at = { step, steps: this.#steps, epoch, epochs: options.epochs };
    const rate = recipeRateAt(options, at);
    await this.#step(model, rate, at);
    const done = step + 1;
    const isReported = done % (options.reportEverySteps ?? 10) === 0 || done === this.#end;
    let fault = isDoubted || isReported ? this.#fault(model, done, isDoubted) : null;
    if (fault === null && isReported) await this.#report(done, epoch, rate);
    await setImmediate(); // signals and timers get their turn, before it is decided whether to save and stop
    const isStopping = options.signal?.aborted ?? false;
    const isDue = isStopping || this.#isDue(done);
    if (fault === null && isDue) fault = this.#fault(model, done, true);
    if (fault !== null) {
      if (before !== null) {
        await this.#save(step, before);
        throw divergence(fault, options.role);
      }
      if (isStopping)
        throw interruptedAt(fault, options.role, this.#saved?.step ?? null, options.signal?.reason);
      return this.#goBack(fault, done);
    }
    if (isDue) await this.#save(done, model.arrays());
    if (isStopping && done < this.#end)
      throw new SslMemError(
        "INTERRUPTED",
        `Training of ${options.role} was interrupted at step ${done} of ${this.#steps}; the checkpoint is saved.`,
        "Run the same command again to go on.",
        { cause: options.signal?.reason },
      );
    return done;
  }

  async #step(model: TrainingModel, rate: number, at: Moment): Promise<void> {
    const { batch: images, accumulate = 1 } = this.given.options;
    const needs = () => ({
      batch: images,
      before: openedEngine().memory().bytes,
      perImage: this.#bytesOfImage(model),
      // A loss across samples is not measured in parts.
      ...((model.sampleWise || accumulate > 1) && { parts: { flag: "--accumulate", count: accumulate } }),
    });
    const ahead = this.#ahead as Ahead<StepBatch>;
    const batch = await waitWithinMemory("--batch", 2, needs, ahead.take());
    try {
      this.#window.add(
        withinMemory("--batch", 2, needs(), () => model.step(batch, rate, at)),
        images,
      );
    } finally {
      drop(batch);
    }
  }

  /** What is not finite after some steps; null where all is. @param withArrays whether arrays are looked at, too */
  #fault(model: TrainingModel, done: number, withArrays: boolean): Fault | null {
    const found = this.#window.firstFault();
    if (found !== null) return { step: done - found.stepsAgo, loss: found.loss };
    return withArrays && !model.isFinite() ? { step: done, loss: null } : null;
  }

  /** Back to the last checkpoint, or to the initial values. @returns the step that comes next */
  async #goBack(fault: Fault, done: number): Promise<number> {
    const { options } = this.given;
    options.onNote?.(goingBack(fault, options.role, this.#saved?.step ?? null));
    await this.#leave();
    const point = this.#saved === null ? null : await readCheckpoint(options.directory);
    await this.#goTo(point);
    this.#doubtedUntil = done;
    return point?.step ?? 0;
  }

  async #goTo(point: Checkpoint | null): Promise<void> {
    const { stream, modelAt } = this.given;
    const step = point?.step ?? 0;
    this.#model = modelAt(point);
    this.#ahead = new Ahead((n) => stream.of(n), step, this.#end, stream.depth);
    await truncateMetrics(this.#metrics, step);
    this.#window.drop();
  }

  async #leave(): Promise<void> {
    this.#window.drop();
    await this.#ahead?.drop(drop);
    this.#model?.dispose();
    [this.#ahead, this.#model] = [null, null];
  }

  async #report(done: number, epoch: number, learningRate: number): Promise<void> {
    const { options } = this.given;
    const steps = this.#steps;
    const { imagesPerSecond, ...means } = this.#window.take();
    this.#last = means;
    await appendMetrics(this.#metrics, {
      schema: METRICS_SCHEMA,
      step: done,
      epoch,
      ...means,
      learningRate,
      imagesPerSecond,
      seconds: this.#seconds(),
    });
    options.onProgress?.({
      step: done,
      steps,
      epoch,
      ...means,
      imagesPerSecond,
      etaSeconds: ((steps - done) * options.batch) / imagesPerSecond,
    });
  }

  #isDue(done: number): boolean {
    const { checkpointEverySteps: steps, checkpointEveryMinutes: minutes = 5 } = this.given.options;
    if (done === this.#end || (steps && done % steps === 0)) return true;
    return minutes !== null && performance.now() - this.#savedAt > minutes * 60_000;
  }

  async #save(step: number, arrays: Arrays<StoredTensor | DeferredTensor>): Promise<void> {
    const { options, configuration } = this.given;
    const exports = (this.#model as TrainingModel).exports;
    const point = { step, seconds: this.#seconds(), configuration, exports, arrays };
    const weights = await writeCheckpoint(options.directory, point, options.keepCheckpoints ?? 2);
    this.#saved = { step, weights };
    this.#savedAt = performance.now();
  }

  /** Training time since step 0, over all calls. */
  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.given.started) / 1000;
  }

  /** What a step keeps of an image's views in the encoder at least, bytes: heads are not counted. See Network.activations. */
  #bytesOfImage({ needs, network }: TrainingModel): number {
    const { stream } = this.given;
    const values = needs.views.reduce(
      (sum, { group, count }) => sum + count * network.activations(stream.viewSize(group)),
      0,
    );
    return (openedEngine().precision === "bf16" ? 2 : 4) * values;
  }
}

const drop = ({ views }: StepBatch): void => disposeViews(views);
