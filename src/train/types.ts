import type { ImageStore } from "../data/index.js";
import type { CudaGraphs } from "../engine/recorder.js";
import type { METHODS } from "../methods/registry.js";
import type { ARCHITECTURES } from "../nn/registry.js";
import type { OPTIMIZERS } from "../optimizers/registry.js";
import type { SettingsOf } from "../settings/registry.js";
import type { ValuesOf } from "../settings/setting.js";
import type { Warmup } from "../settings/warmup.js";
import type { Decoder, ViewSettings } from "../views/index.js";

/** Settings that methods, optimisers and architectures declare; those left out have their defaults. */
type Declared = Partial<
  ValuesOf<SettingsOf<typeof METHODS>> &
    ValuesOf<SettingsOf<typeof OPTIMIZERS>> &
    ValuesOf<SettingsOf<typeof ARCHITECTURES>>
>;

/**
 * What the weights depend on, beside the images themselves. It is written into every checkpoint, and a run goes on only
 * with the configuration that it began with.
 */
export interface TrainRecipe extends Declared {
  /** Registered names. */
  architecture: string;
  method: string;
  policy: string;
  /** Side of a view, pixels. */
  imageSize: number;
  /** Passes over the images; a last batch that is not full is left out. */
  epochs: number;
  /** Images per step. */
  batch: number;
  /** Equal parts in which a step's images are measured, one after the other; divides `batch`. Default 1. */
  accumulate?: number | undefined;
  optimizer: string;
  /** Peak learning rate, before `batchScaling`. */
  learningRate: number;
  /** Rate that the cosine ends at, at most the peak. Default 0. */
  minLearningRate?: number | undefined;
  /** What the peak is multiplied by: 1, batch / 256, or the root of that. Default "none". */
  batchScaling?: "none" | "linear" | "sqrt" | undefined;
  /** What the rate is multiplied by for each layer that a parameter of the encoder is below the head, in (0, 1]. Default 1. */
  layerDecay?: number | undefined;
  /** Weight decay of filters and matrices; biases and normalisations have none. sgd, lars: added to the gradient; adamw: decoupled. */
  weightDecay: number;
  /** Weight decay that a cosine ends at; null or left out: it stays as it is. */
  weightDecayEnd?: number | null | undefined;
  /** Norm that gradients are scaled down to, > 0; null or left out: they stay as they are. */
  clipGradientNorm?: number | null | undefined;
  /** What has that norm: all gradients together, or each tensor by itself. Default "all". */
  clipScope?: "all" | "tensor" | undefined;
  /** Share λ of the loss that limits alignment, see alignment-limited.ts; default 0: none. */
  alignmentWeight?: number | undefined;
  /** Passes done before it holds, from 0. Default 0. */
  alignmentFrom?: number | undefined;
  /** Linear warm-up: a share of all steps in [0, 1), epochs ("10ep") or steps ("500steps"). A cosine follows. */
  warmup: Warmup;
  /** Seed of the initial weights and of the training views. */
  seed: number;
  /** Seed of the images' order. */
  orderSeed: number;
  /** Who decodes JPEG files for a GPU: nvJPEG's pixels differ by a level or two. */
  decode?: Decoder | undefined;
}

/** A point on the way through training. */
export interface TrainProgress {
  /** Steps done and steps in all. */
  step: number;
  steps: number;
  /** Passes done, counted from 0. */
  epoch: number;
  /** Means over the steps since the last report. */
  loss: number;
  metrics: Readonly<Record<string, number>>;
  /** Images (not views) per second. */
  imagesPerSecond: number;
  etaSeconds: number;
}

/** What to train on, how, and where its checkpoints go. */
export interface TrainOptions extends TrainRecipe, ViewSettings {
  role: "f" | "g";
  /** Folder for checkpoints, `latest` and metrics.jsonl; made if it is missing. Training goes on from what it holds. */
  directory: string;
  /** Manifest indices of the images to train on, in the order of the pair's slots (pairIndices). */
  indices: Uint32Array;
  store: ImageStore;
  /** SHA-256 (hex) of the manifest that `indices` refer to; kept in the checkpoint's configuration. */
  manifestHash?: string | undefined;
  /**
   * Ends after this many steps, with a checkpoint; the schedule stays that of all epochs. 0: with the untrained state, as
   * checkpoint of step 0. Default: all.
   */
  stopAfterSteps?: number | undefined;
  /** Steps between checkpoints; null for none by steps. */
  checkpointEverySteps?: number | null | undefined;
  /** Minutes between checkpoints; null for none by time. Default 5. */
  checkpointEveryMinutes?: number | null | undefined;
  /** Checkpoints to keep; older ones are deleted. Default 2. */
  keepCheckpoints?: number | "all" | undefined;
  /** Steps between two reports and two lines of metrics.jsonl. Default 10. */
  reportEverySteps?: number | undefined;
  /** Start over, whatever the directory holds; what is there is written over, not deleted. */
  force?: boolean | undefined;
  /**
   * Whether an earlier version has begun another encoder of the run, so that this one is measured in parts as that one is, even by a
   * loss that compares images. Default false.
   */
  partsAsBegun?: boolean | undefined;
  /** Threads for the views. Default: all cores. */
  threads?: number | undefined;
  /** Whether steps run as CUDA graphs, with the results of those that do not. Default "auto", which is off. */
  cudaGraphs?: CudaGraphs | undefined;
  /** Finishes the step, writes a checkpoint, then rejects with SslMemError INTERRUPTED. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: TrainProgress) => void) | undefined;
}

/** What a call of training did. */
export interface TrainResult {
  /** Path of the last checkpoint's weights. */
  weights: string;
  /** Steps done in all, and in this call. */
  step: number;
  stepsRun: number;
  /** Mean loss and metrics of the last report; null and none when no step was left to do. */
  loss: number | null;
  metrics: Readonly<Record<string, number>>;
  /** Wall time of this call. */
  seconds: number;
}
