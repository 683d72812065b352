import { parentPort, workerData as poolData } from "node:worker_threads";
import { type ImageStore, openStore, Split } from "../data/index.js";
import { openEngine, openedEngine, takeDevice, waitWithinMemory } from "../engine/index.js";
import { SslMemError } from "../errors.js";
import { asUserError } from "../faults/index.js";
import type { AlignmentResult } from "../native/index.js";
import { getArchitecture, loadEncoder } from "../nn/index.js";
import type { Encoder } from "../nn/types.js";
import {
  Ahead,
  disposeViews,
  type ViewBatch,
  type ViewMaker,
  viewMaker,
  type WantedViews,
} from "../views/index.js";
import { batchLosses } from "./alignment-losses.js";
import { scoreOf } from "./formulas.js";
import { packedError, type TransferredError } from "./packed-error.js";
import { type ScoreRow, writePart } from "./part.js";
import { scoreViews } from "./score-views.js";
import type { PartTask, ScoreContext, WorkerMessage } from "./types.js";

/** What comes of a part. */
export interface PartOutcome {
  worker: number;
  error?: TransferredError;
}

interface Equipment {
  store: ImageStore;
  split: Split | null;
  /** Indices of the scored images, ascending: the global order. */
  order: Uint32Array;
  maker: ViewMaker;
  wanted: WantedViews[];
  encoders: [Encoder, Encoder];
}

// piscina hands its workerData option over as the second element.
const context = (Array.isArray(poolData) ? poolData[1] : poolData) as ScoreContext;
/** Number of this worker, known once it has taken its device. */
let worker = -1;
const tell = (message: Omit<WorkerMessage, "worker">) => parentPort?.postMessage({ ...message, worker });
let equipment: Promise<Equipment> | null = null;

async function equip(): Promise<Equipment> {
  const { recipe, devices } = context;
  const { device, turn } = takeDevice(devices, new Int32Array(context.turns));
  worker = turn;
  const session = await openEngine({ ...context.engine, device });
  tell({ device: session.device });
  const store = await openStore(context.store);
  const split = context.subsets === null ? null : new Split(context.subsets, 0, "");
  const order = split?.used() ?? store.manifest.used;
  const architecture = getArchitecture(recipe.architecture);
  const f = await loadEncoder(architecture, context.f, recipe);
  const g = await loadEncoder(architecture, context.g, recipe);
  const onNote = (note: string) => {
    if (turn === 0) tell({ note }); // once, not once a worker
  };
  const maker = viewMaker(store, { ...context.views, onNote });
  return { store, split, order, maker, wanted: scoreViews(recipe), encoders: [f, g] };
}

/** Scores one part and writes its file; says which worker it was. */
export default async function scorePart(task: PartTask): Promise<PartOutcome> {
  try {
    equipment ??= equip();
    const tools = await equipment;
    await writePart(task.path, context, (append) => score(task, tools, append));
    return { worker };
  } catch (error) {
    return { worker, error: packedError(asUserError(error)) };
  }
}

async function score(
  task: PartTask,
  tools: Equipment,
  append: (rows: readonly ScoreRow[]) => void,
): Promise<void> {
  const stop = new Int32Array(context.stop);
  // The next batches' views are made on other threads while one is encoded.
  const { maker, wanted, order } = tools;
  const ahead = new Ahead(
    (batch) => maker.make(batchIndices(order, batch), wanted),
    task.first,
    task.end,
    maker.depth,
  );
  const needs = () => ({
    batch: context.recipe.batch,
    before: openedEngine().memory().bytes,
    perImage: 0,
  });
  try {
    for (let batch = task.first; batch < task.end; batch++) {
      const views = await waitWithinMemory("--score-batch", 1, needs, ahead.take());
      try {
        if (Atomics.load(stop, 0) !== 0) throw new SslMemError("INTERRUPTED", "Scoring was interrupted.");
        const begin = batch * context.recipe.batch;
        const count = Math.min(context.recipe.batch, order.length - begin);
        append(await scoreBatch(tools, views, order.subarray(begin, begin + count)));
        tell({ scored: count });
      } finally {
        disposeViews(views);
      }
    }
  } finally {
    await ahead.drop(disposeViews);
  }
}

/** Images of a batch; the last one is filled up with its last image, so that every batch has the same shape. */
function batchIndices(order: Uint32Array, batch: number): Uint32Array {
  const size = context.recipe.batch;
  const last = order.length - 1;
  return Uint32Array.from({ length: size }, (_, i) => order[Math.min(batch * size + i, last)] as number);
}

async function scoreBatch(tools: Equipment, views: ViewBatch[], indices: Uint32Array): Promise<ScoreRow[]> {
  const { recipe, keepViews, pair } = context;
  const options = {
    distance: recipe.distance,
    scheme: recipe.scheme,
    normalize: recipe.normalize,
    keepPairs: keepViews,
  };
  const shape = { images: recipe.batch, samples: indices.length, views: recipe.views };
  const [f, g] = (await batchLosses(views, tools.encoders, shape, options)) as [
    AlignmentResult,
    AlignmentResult,
  ];
  const left = f.leaveOneOut.length / indices.length;
  const pairs = (f.pairs?.length ?? 0) / indices.length;
  return Array.from(indices, (index, i) => {
    const losses = (result: typeof f) => ({
      loss: result.loss[i] as number,
      leaveOneOut: result.leaveOneOut.subarray(i * left, (i + 1) * left),
    });
    const entry = tools.store.manifest.entry(index);
    const kept = (result: typeof f) => result.pairs?.slice(i * pairs, (i + 1) * pairs) ?? null;
    return {
      index,
      id: entry.id,
      subset: tools.split?.subset(index) ?? null,
      label: entry.label,
      ...scoreOf(losses(f), losses(g)),
      pair,
      views_f: kept(f),
      views_g: kept(g),
    };
  });
}
