import type { StoreDescriptor } from "../data/index.js";
import type { EngineRequest } from "../engine/index.js";
import type { Distance, ViewScheme } from "../native/index.js";

/** How images are scored: everything that a stored number depends on, beside the weights and the images. */
export interface ScoreRecipe {
  architecture: string;
  /** Layer whose output is compared; null: the representation. */
  layer: string | null;
  policy: string;
  /** Side of a view, pixels. */
  imageSize: number;
  /** Views of every image, K >= 2. */
  views: number;
  distance: Distance;
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
  /** split.parquet, or null: every image, without a subset. */
  splitPath: string | null;
  f: string;
  g: string;
  pair: number;
  keepViews: boolean;
  engine: EngineRequest;
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

export interface ScoreOptions {
  recipe: ScoreRecipe;
  store: StoreDescriptor;
  splitPath: string | null;
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
  /** Worker threads, one per device; on a CPU 1 uses all cores through the engine's own threads. */
  workers: number;
  keepViews: boolean;
  engine: EngineRequest;
  /** Score again what is there. */
  force?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number; imagesPerSecond: number }) => void;
}

export interface ScoreResult {
  /** Files of this call's parts, finished. */
  parts: string[];
  /** Images in them, and how many of those were scored now. */
  images: number;
  scored: number;
  seconds: number;
}
