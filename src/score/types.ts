import type { Split, StoreDescriptor } from "../data/index.js";
import type { EngineRequest } from "../engine/index.js";
import type { ViewScheme } from "../native/index.js";
import type { Pooling } from "../nn/index.js";
import type { ViewSettings } from "../views/index.js";

/** How images are scored: everything that a stored number depends on, beside the weights and the images. */
export interface ScoreRecipe {
  architecture: string;
  /** Its settings that are not at their defaults; absent where all are. */
  network?: Readonly<Record<string, unknown>>;
  /** Layer whose output is compared; null: the representation. */
  layer: string | null;
  /** What is compared of the features; not looked at where a layer is captured. */
  pooling: Pooling;
  policy: string;
  /** Side of a view, pixels. */
  imageSize: number;
  /** Views of every image, K >= 2. */
  views: number;
  /** A name of distances/registry.ts. */
  distance: string;
  scheme: ViewScheme;
  /** Scale representations to unit length first. */
  normalize: boolean;
  seed: number;
  /** Images encoded at once. Part of the recipe: on a CPU, numbers are exactly equal only for equal batch shapes. */
  batch: number;
}

/** What a scoring worker needs; structured-cloneable. */
export interface ScoreContext {
  recipe: ScoreRecipe;
  store: StoreDescriptor;
  /** [images] subset of every image, see Split; null: every image that has been read, without a subset. */
  subsets: Uint8Array | null;
  f: string;
  g: string;
  pair: number;
  keepViews: boolean;
  /** What every worker opens, each on a device of its own out of `devices`. */
  engine: EngineRequest;
  devices: readonly string[];
  /** One word: how many workers have taken a device. */
  turns: SharedArrayBuffer;
  views: Omit<ViewSettings, "onNote">;
  /** JSON of what the numbers depend on; a part with another one is not taken for finished. */
  configuration: string;
  /** One word that asks all workers to stop when it is not 0. */
  stop: SharedArrayBuffer;
}

/** One part of the work: whole batches of the global order. */
export interface PartTask {
  path: string;
  /** [first, end) batches. */
  first: number;
  end: number;
}

/** What one of scoring's worker threads has done since it began. */
export interface WorkerProgress {
  /** Its number in the process, from 0. */
  worker: number;
  /** What it computes on, "cpu" or "cuda:3". */
  device: string;
  /** Parts that it has finished, and images that it has scored. */
  parts: number;
  images: number;
  /** From when its engine was open to its last batch; null before the first. */
  imagesPerSecond: number | null;
}

/** What a worker tells beside its results. */
export interface WorkerMessage {
  /** Its number, from 0. */
  worker: number;
  /** Images scored since the last message. */
  scored?: number;
  /** The device that it computes on. */
  device?: string;
  /** A sentence for the user. */
  note?: string;
}

/** How far a call of scoring is: images done, of those that were left to do, also worker by worker. */
export interface ScoreProgress {
  done: number;
  total: number;
  imagesPerSecond: number;
  workers: WorkerProgress[];
}

/** What to score with which pair, and where its parts go. */
export interface ScoreOptions {
  recipe: ScoreRecipe;
  store: StoreDescriptor;
  /** The images that are scored and their subsets; null: every image that has been read, without a subset. */
  split: Split | null;
  /** Weights of the encoders, safetensors. */
  f: string;
  g: string;
  /** Number of the pair, from 0. */
  pair: number;
  /** Folder for the parts. */
  directory: string;
  /** Parts in all. */
  parts: number;
  /** Which parts to do, as in `--shard i/n`: those whose number is i modulo n; null: all. */
  shard: { index: number; count: number } | null;
  /** Worker threads; null: one for each device. On a CPU 1 uses all cores through the engine's own threads. */
  workers: number | null;
  keepViews: boolean;
  /** Its device may be several, `cuda:0,cuda:1`; `auto` is every GPU of the machine. */
  engine: EngineRequest;
  /** Devices for the workers, taken in turns, instead of those of `engine`. */
  devices?: readonly string[];
  /** Where views are made. */
  viewSettings?: ViewSettings;
  /** Score again what is there. */
  force?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: ScoreProgress) => void;
}

/** What a call of scoring did. */
export interface ScoreResult {
  /** Files of this call's parts, finished. */
  parts: string[];
  /** Images in them, and how many of those were scored now. */
  images: number;
  scored: number;
  /** What each worker computed on, sorted; empty when nothing was left to score. */
  devices: string[];
  seconds: number;
}
