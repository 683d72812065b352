import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { getPolicy, type OpenPolicy, openPolicy } from "../augment/index.js";
import { epochBatches } from "../data/order.js";
import { openedEngine, waitWithinMemory, withinMemory } from "../engine/index.js";
import { recorderFor } from "../engine/recorder.js";
import { SslMemError } from "../errors.js";
import { getMethod } from "../methods/registry.js";
import { viewKeys } from "../native/index.js";
import { getArchitecture } from "../nn/index.js";
import { Ahead, disposeViews, type ViewBatch, type ViewMaker, viewMaker } from "../views/index.js";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { appendMetrics, truncateMetrics } from "./metrics.js";
import { type StepResult, TrainingModel } from "./model.js";
import { checkIdentity, identityOf } from "./recipe.js";
import { learningRateAt } from "./schedule.js";
import type { TrainOptions, TrainResult } from "./types.js";

/**
 * Trains one encoder, or goes on where the directory's last checkpoint stands. What step n does is a function of the
 * recipe and the images alone (order and views are drawn by counter), so on a CPU an interrupted training ends with the
 * same bits as one in one go. An engine must be open.
 *
 * @throws SslMemError USAGE for a checkpoint of another recipe or too few images; NUMERIC when the loss is not finite (the
 *   last good state is kept as a checkpoint); INTERRUPTED when the signal fires (the step is finished and saved)
 */
export async function trainEncoder(options: TrainOptions): Promise<TrainResult> {
  const started = performance.now();
  const method = getMethod(options.method);
  method.check(options, options.batch);
  if (options.indices.length < options.batch) {
    throw new SslMemError(
      "USAGE",
      `Expected a batch of at most ${options.indices.length}, the number of training images, but received ${options.batch}.`,
      `--batch ${options.indices.length}`,
    );
  }
  const recorder = recorderFor(options.cudaGraphs ?? "auto");
  await mkdir(options.directory, { recursive: true });
  const configuration = identityOf(options, openedEngine());
  const checkpoint = options.force ? null : await readCheckpoint(options.directory);
  if (checkpoint !== null) checkIdentity(checkpoint.configuration, configuration, options.directory);
  const views = new ViewStream(options, Math.floor(options.indices.length / options.batch));
  const model = new TrainingModel(
    options,
    checkpoint?.weights ?? null,
    recorder,
    `the checkpoint in ${options.directory}`,
  );
  try {
    if (checkpoint !== null) model.restoreOptimizer(checkpoint.optimizer);
    return await loop(options, model, views, configuration, checkpoint, started);
  } finally {
    model.dispose();
    await views.close();
  }
}

async function loop(
  options: TrainOptions,
  model: TrainingModel,
  views: ViewStream,
  configuration: string,
  checkpoint: Checkpoint | null,
  started: number,
): Promise<TrainResult> {
  const { perEpoch } = views;
  const steps = perEpoch * options.epochs;
  const end = Math.min(steps, options.stopAfterSteps ?? steps);
  const first = checkpoint?.step ?? 0;
  const secondsBefore = checkpoint?.seconds ?? 0;
  const metrics = join(options.directory, "metrics.jsonl");
  await truncateMetrics(metrics, first);
  const window = new Window();
  const perImage = bytesOfImage(options);
  const every = options.reportEverySteps ?? 10;
  const elapsed = () => secondsBefore + (performance.now() - started) / 1000;
  const save = (step: number) =>
    writeCheckpoint(
      options.directory,
      {
        step,
        seconds: elapsed(),
        configuration,
        weights: model.weights(),
        optimizer: model.optimizerState(),
      },
      options.keepCheckpoints ?? 2,
    );
  let saved = performance.now();
  let weights = first >= end && checkpoint !== null ? await save(first) : "";
  let last: { loss: number; accuracy: number | null } | null = null;
  // The next steps' views are made on other threads while this one computes.
  const ahead = new Ahead((step) => views.of(step), first, end, views.depth);
  try {
    for (let step = first; step < end; step++) {
      const needs = () => ({ batch: options.batch, before: openedEngine().memory().bytes, perImage });
      const groups = await waitWithinMemory("--batch", 2, needs, ahead.take());
      const learningRate = learningRateAt(step, steps, options.warmup, options.learningRate);
      let result: StepResult;
      try {
        result = withinMemory("--batch", 2, needs(), () => model.step(groups, learningRate, step));
      } finally {
        disposeViews(groups);
      }
      if (!Number.isFinite(result.loss)) {
        await save(step);
        throw new SslMemError(
          "NUMERIC",
          `Expected a finite loss but it is ${result.loss} at step ${step + 1} of ${options.role}; the state before it is saved.`,
          "--learning-rate with a smaller value, and --force",
        );
      }
      window.add(result, options.batch);
      const done = step + 1;
      if (done % every === 0 || done === end) {
        const { loss, accuracy, imagesPerSecond } = window.take();
        last = { loss, accuracy };
        const epoch = Math.floor(step / perEpoch);
        await appendMetrics(metrics, {
          schema: "sslmem/metrics@1",
          step: done,
          epoch,
          loss,
          accuracy,
          learningRate,
          imagesPerSecond,
          seconds: elapsed(),
        });
        options.onProgress?.({
          step: done,
          steps,
          epoch,
          loss,
          accuracy,
          imagesPerSecond,
          etaSeconds: ((steps - done) * options.batch) / imagesPerSecond,
        });
      }
      await setImmediate(); // signals and timers get their turn, before it is decided whether to save and stop
      const stopping = options.signal?.aborted ?? false;
      const minutes = options.checkpointEveryMinutes === undefined ? 5 : options.checkpointEveryMinutes;
      const due =
        done === end ||
        stopping ||
        (options.checkpointEverySteps && done % options.checkpointEverySteps === 0) ||
        (minutes !== null && performance.now() - saved > minutes * 60_000);
      if (due) {
        weights = await save(done);
        saved = performance.now();
      }
      if (stopping && done < end) {
        throw new SslMemError(
          "INTERRUPTED",
          `Training of ${options.role} was interrupted at step ${done} of ${steps}; the checkpoint is saved.`,
          "Run the same command again to go on.",
          { cause: options.signal?.reason },
        );
      }
    }
  } finally {
    await ahead.drop(disposeViews);
  }
  return {
    weights,
    step: end,
    stepsRun: Math.max(0, end - first),
    loss: last?.loss ?? null,
    accuracy: last?.accuracy ?? null,
    seconds: (performance.now() - started) / 1000,
  };
}

/** What a step keeps of an image's views, bytes; see Architecture.activationsAt32. */
function bytesOfImage({ architecture, method, imageSize }: TrainOptions): number {
  const views = getMethod(method).views.reduce((sum, count) => sum + count, 0);
  const bytes = openedEngine().precision === "bf16" ? 2 : 4;
  return bytes * views * getArchitecture(architecture).activationsAt32 * (imageSize / 32) ** 2;
}

/** The views of each step: functions of seed, epoch and step. */
class ViewStream {
  readonly #policy: OpenPolicy;
  readonly #maker: ViewMaker;
  #epoch = -1;
  #batches: Uint32Array[] = [];

  constructor(
    readonly options: TrainOptions,
    readonly perEpoch: number,
  ) {
    this.#policy = openPolicy(getPolicy(options.policy, { imageSize: options.imageSize }));
    this.#maker = viewMaker(options.store, options);
  }

  async of(step: number): Promise<ViewBatch[]> {
    const { options } = this;
    const epoch = Math.floor(step / this.perEpoch);
    if (epoch !== this.#epoch) {
      this.#batches = epochBatches(options.indices, { seed: options.orderSeed, epoch, batch: options.batch });
      this.#epoch = epoch;
    }
    const samples = this.#batches[step % this.perEpoch] as Uint32Array;
    const keys = viewKeys("trainViews", options.seed, epoch);
    const common = { ...keys, policy: this.#policy, threads: options.threads ?? 0 };
    const counts = getMethod(options.method).views;
    // The method says how many views there are, not the policy: groups are numbered one after the other by its counts.
    const firstView = (group: number) => counts.slice(0, group).reduce((sum, views) => sum + views, 0);
    const wanted = counts.map((views, group) => ({ ...common, group, views, firstView: firstView(group) }));
    return this.#maker.make(samples, wanted);
  }

  /** Steps ahead for which views are made. */
  get depth(): number {
    return this.#maker.depth;
  }

  async close(): Promise<void> {
    await this.#maker.close();
  }
}

/** Means over the steps since the last report. */
class Window {
  #losses = 0;
  #accuracies = 0;
  #measured = 0;
  #steps = 0;
  #images = 0;
  #began = performance.now();

  add({ loss, accuracy }: { loss: number; accuracy: number | null }, images: number): void {
    this.#losses += loss;
    if (accuracy !== null) {
      this.#accuracies += accuracy;
      this.#measured += 1;
    }
    this.#steps += 1;
    this.#images += images;
  }

  take(): { loss: number; accuracy: number | null; imagesPerSecond: number } {
    const loss = this.#losses / this.#steps;
    const accuracy = this.#measured === 0 ? null : this.#accuracies / this.#measured;
    const imagesPerSecond = (1000 * this.#images) / (performance.now() - this.#began);
    this.#losses = this.#accuracies = this.#measured = this.#steps = this.#images = 0;
    this.#began = performance.now();
    return { loss, accuracy, imagesPerSecond };
  }
}
