import { mkdir } from "node:fs/promises";
import { batchFlags, checkParts } from "../config/parts.js";
import { openedEngine } from "../engine/index.js";
import { recorderFor } from "../engine/recorder.js";
import { SslMemError } from "../errors.js";
import { getMethod } from "../methods/registry.js";
import { buildNetwork, getArchitecture } from "../nn/index.js";
import { checkGiven } from "../text/given.js";
import { checkSampleWise } from "./check-sample-wise.js";
import { checkSchedule } from "./check-schedule.js";
import { checkViews } from "./check-views.js";
import { type Checkpoint, readCheckpoint } from "./checkpoint.js";
import { classesOf } from "./classes.js";
import { Loop } from "./loop.js";
import { TrainingModel } from "./model.js";
import { forget } from "./namespaces.js";
import { needsOf, objectiveOf } from "./objective.js";
import { checkIdentity, identityOf } from "./recipe.js";
import { StepStream } from "./stream.js";
import type { TrainOptions, TrainResult } from "./types.js";

/** What a training cannot do without; a method or an optimiser has defaults for its own settings. */
const NEEDED = [
  ...["architecture", "method", "policy", "imageSize", "epochs", "batch", "optimizer", "learningRate"],
  ...["weightDecay", "warmup", "seed", "orderSeed", "role", "store.manifest", "directory", "indices"],
];

/**
 * Trains one encoder, or goes on where the directory's last checkpoint stands. What step n does is a function of the
 * recipe and the images alone (order and views are drawn by counter), so on a CPU an interrupted training ends with the
 * same bits as one in one go. An engine must be open.
 *
 * @throws SslMemError USAGE for a checkpoint of another recipe, too few images, a batch that --accumulate does not divide, a
 *   loss across images that is to be measured in parts, or a schedule that does not fit into the training (checkSchedule);
 *   NUMERIC when the loss or an array is not finite (the last good state is kept as a checkpoint); INTERRUPTED when the signal
 *   fires (the step is finished and saved)
 */
export async function trainEncoder(options: TrainOptions): Promise<TrainResult> {
  checkGiven("trainEncoder", options, NEEDED);
  const started = performance.now();
  if (options.indices.length < options.batch) {
    throw new SslMemError(
      "USAGE",
      `Expected a batch of at most ${options.indices.length}, the number of training images, but received ${options.batch}.`,
      batchFlags(options.indices.length, options.indices.length, options.accumulate ?? 1),
    );
  }
  checkParts(options.batch, options.accumulate ?? 1);
  const perEpoch = Math.floor(options.indices.length / options.batch);
  checkSchedule(options, perEpoch * options.epochs);
  const recorder = recorderFor(options.cudaGraphs ?? "auto");
  await mkdir(options.directory, { recursive: true });
  const configuration = identityOf(options, openedEngine());
  const checkpoint = options.force ? null : await readCheckpoint(options.directory);
  if (checkpoint !== null) checkIdentity(checkpoint.configuration, configuration, options.directory);
  const method = getMethod(options.method);
  const architecture = getArchitecture(options.architecture, options);
  const network = buildNetwork(architecture, options.imageSize);
  const needs = needsOf(method, options, network);
  checkViews(needs, options, architecture);
  const classes = method.labels
    ? classesOf(options.store.manifest.images, options.indices, options.method)
    : null;
  if (checkpoint === null && !options.partsAsBegun) {
    const { accumulate = 1, batch } = options;
    const objective = objectiveOf(method, options, network, { classes: classes?.count ?? 0 });
    checkSampleWise(objective, { method: options.method, accumulate, batch });
  }
  const whose = `the checkpoint in ${options.directory}`;
  const modelAt = (point: Checkpoint | null): TrainingModel => {
    const given = { recorder, classes: classes?.count ?? 0, whose };
    if (point === null) return new TrainingModel(options, given);
    const { encoder, head, state, optimizer } = point.arrays;
    const model = new TrainingModel(options, { ...given, stored: new Map([...encoder, ...head, ...state]) });
    try {
      model.restoreOptimizer(optimizer);
      forget(point.arrays);
    } catch (error) {
      model.dispose();
      throw error;
    }
    return model;
  };
  const stream = new StepStream(options, needs, classes?.classOf ?? null, perEpoch);
  try {
    return await new Loop({ options, stream, configuration, modelAt, started }).run(checkpoint);
  } finally {
    await stream.close();
  }
}
