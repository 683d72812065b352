import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { openedEngine, waitWithinMemory, withinMemory } from "../engine/index.js";
import { recorderFor } from "../engine/recorder.js";
import { SslMemError } from "../errors.js";
import { getMethod } from "../methods/registry.js";
import { valuesOf } from "../settings/registry.js";
import { Ahead, disposeViews } from "../views/index.js";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { classesOf } from "./classes.js";
import { appendMetrics, METRICS_SCHEMA, truncateMetrics } from "./metrics.js";
import { Window } from "./metrics-window.js";
import { type StepBatch, TrainingModel } from "./model.js";
import { checkIdentity, identityOf } from "./recipe.js";
import { learningRateAt } from "./schedule.js";
import { StepStream } from "./stream.js";
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
  const method = getMethod(options.method);
  const { labels = false } = method.needs(valuesOf(method.settings, { ...options }));
  const classes = labels ? classesOf(options.store.manifest.images, options.indices, options.method) : null;
  const model = new TrainingModel(options, {
    ...{ stored: checkpoint?.weights ?? null, recorder, classes: classes?.count ?? 0 },
    whose: `the checkpoint in ${options.directory}`,
  });
  const perEpoch = Math.floor(options.indices.length / options.batch);
  let stream: StepStream | null = null;
  try {
    stream = new StepStream(options, model.needs, classes?.classOf ?? null, perEpoch);
    if (checkpoint !== null) model.restoreOptimizer(checkpoint.optimizer);
    return await loop(options, model, stream, configuration, checkpoint, started);
  } finally {
    model.dispose();
    await stream?.close();
  }
}

async function loop(
  options: TrainOptions,
  model: TrainingModel,
  stream: StepStream,
  configuration: string,
  checkpoint: Checkpoint | null,
  started: number,
): Promise<TrainResult> {
  const { perEpoch } = stream;
  const steps = perEpoch * options.epochs;
  const end = Math.min(steps, options.stopAfterSteps ?? steps);
  const first = checkpoint?.step ?? 0;
  const secondsBefore = checkpoint?.seconds ?? 0;
  const metrics = join(options.directory, "metrics.jsonl");
  await truncateMetrics(metrics, first);
  const window = new Window();
  const perImage = bytesOfImage(options, model);
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
  let last: { loss: number; metrics: Record<string, number> } | null = null;
  // The next steps' views are made on other threads while this one computes.
  const ahead = new Ahead((step) => stream.of(step), first, end, stream.depth);
  try {
    for (let step = first; step < end; step++) {
      const needs = () => ({ batch: options.batch, before: openedEngine().memory().bytes, perImage });
      const batch = await waitWithinMemory("--batch", 2, needs, ahead.take());
      const rate = learningRateAt(step, steps, options.warmup, options.learningRate);
      const at = { step, steps, epoch: Math.floor(step / perEpoch), epochs: options.epochs };
      try {
        const result = withinMemory("--batch", 2, needs(), () => model.step(batch, rate, at));
        window.add(result, options.batch);
        const { loss } = result;
        if (!Number.isFinite(loss)) {
          await save(step);
          throw new SslMemError(
            "NUMERIC",
            `Expected a finite loss but it is ${loss} at step ${step + 1} of ${options.role}; the state before it is saved.`,
            "--learning-rate with a smaller value, and --force",
          );
        }
      } finally {
        drop(batch);
      }
      const done = step + 1;
      if (done % every === 0 || done === end) {
        const { loss, metrics: means, imagesPerSecond } = window.take();
        last = { loss, metrics: means };
        const { epoch } = at;
        await appendMetrics(metrics, {
          schema: METRICS_SCHEMA,
          ...{ step: done, epoch, loss, metrics: means, learningRate: rate, imagesPerSecond },
          seconds: elapsed(),
        });
        options.onProgress?.({
          ...{ step: done, steps, epoch, loss, metrics: means, imagesPerSecond },
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
    window.drop();
    await ahead.drop(drop);
  }
  return {
    weights,
    step: end,
    stepsRun: Math.max(0, end - first),
    loss: last?.loss ?? null,
    metrics: last?.metrics ?? {},
    seconds: (performance.now() - started) / 1000,
  };
}

const drop = ({ views }: StepBatch): void => disposeViews(views);

/** What a step keeps of an image's views, bytes; see Network.activations. */
function bytesOfImage({ imageSize }: TrainOptions, { needs, network }: TrainingModel): number {
  const views = needs.views.reduce((sum, { count }) => sum + count, 0);
  const bytes = openedEngine().precision === "bf16" ? 2 : 4;
  return bytes * views * network.activations({ height: imageSize, width: imageSize });
}
