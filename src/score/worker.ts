import { parentPort, workerData as poolData } from "node:worker_threads";
import { type ImageStore, openStore, Split } from "../data/index.js";
import { openEngine } from "../engine/index.js";
import { SslMemError } from "../errors.js";
import { alignment } from "../native/index.js";
import { loadEncoder } from "../nn/index.js";
import type { Encoder } from "../nn/types.js";
import { BatchEmbedder } from "./embedder.js";
import { scoreOf } from "./formulas.js";
import { type ScoreRow, writePart } from "./part.js";
import type { PartTask, ScoreContext } from "./types.js";

/** An error in a form that survives the way between threads. */
export interface TransferredError {
  code: SslMemError["code"];
  message: string;
  hint: string | undefined;
}

interface Equipment {
  store: ImageStore;
  split: Split | null;
  /** Indices of the scored images, ascending: the global order. */
  order: Uint32Array;
  embedder: BatchEmbedder;
  encoders: [Encoder, Encoder];
}

// piscina hands its workerData option over as the second element.
const context = (Array.isArray(poolData) ? poolData[1] : poolData) as ScoreContext;
let equipment: Promise<Equipment> | null = null;

async function equip(): Promise<Equipment> {
  await openEngine(context.engine);
  const { recipe } = context;
  const store = await openStore(context.store);
  const split = context.splitPath === null ? null : await Split.read(context.splitPath, store.manifest);
  const order = split?.used() ?? Uint32Array.from({ length: store.manifest.count }, (_, i) => i);
  const layer = recipe.layer === null ? {} : { layer: recipe.layer };
  const f = await loadEncoder(recipe.architecture, context.f, layer);
  const g = await loadEncoder(recipe.architecture, context.g, layer);
  return { store, split, order, embedder: new BatchEmbedder(recipe, store), encoders: [f, g] };
}

/** Scores one part and writes its file. */
export default async function scorePart(task: PartTask): Promise<{ error?: TransferredError }> {
  try {
    equipment ??= equip();
    const tools = await equipment;
    await writePart(task.path, context, (append) => score(task, tools, append));
    return {};
  } catch (cause) {
    const known = cause instanceof SslMemError;
    const message =
      cause instanceof Error ? (known ? cause.message : (cause.stack ?? cause.message)) : String(cause);
    return {
      error: { code: known ? cause.code : "INTERNAL", message, hint: known ? cause.hint : undefined },
    };
  }
}

async function score(
  task: PartTask,
  tools: Equipment,
  append: (rows: readonly ScoreRow[]) => void,
): Promise<void> {
  const stop = new Int32Array(context.stop);
  let next = tools.embedder.views(batchIndices(tools.order, task.first));
  for (let batch = task.first; batch < task.end; batch++) {
    const views = await next;
    if (Atomics.load(stop, 0) !== 0) throw new SslMemError("INTERRUPTED", "Scoring was interrupted.");
    // The next batch's views are made on other threads while this one is encoded.
    next = batch + 1 < task.end ? tools.embedder.views(batchIndices(tools.order, batch + 1)) : next;
    const begin = batch * context.recipe.batch;
    const count = Math.min(context.recipe.batch, tools.order.length - begin);
    append(await scoreBatch(tools, views, tools.order.subarray(begin, begin + count)));
    parentPort?.postMessage({ scored: count });
  }
}

/** Images of a batch; the last one is filled up with its last image, so that every batch has the same shape. */
function batchIndices(order: Uint32Array, batch: number): Uint32Array {
  const size = context.recipe.batch;
  const last = order.length - 1;
  return Uint32Array.from({ length: size }, (_, i) => order[Math.min(batch * size + i, last)] as number);
}

async function scoreBatch(tools: Equipment, views: Float32Array, indices: Uint32Array): Promise<ScoreRow[]> {
  const { recipe, keepViews, pair } = context;
  const options = {
    distance: recipe.distance,
    scheme: recipe.scheme,
    normalize: recipe.normalize,
    keepPairs: keepViews,
  };
  const [f, g] = (await Promise.all(
    tools.embedder
      .embed(views, tools.encoders)
      .map(({ values, dim }) =>
        alignment(
          values.slice(0, indices.length * recipe.views * dim),
          indices.length,
          recipe.views,
          dim,
          options,
        ),
      ),
  )) as [Awaited<ReturnType<typeof alignment>>, Awaited<ReturnType<typeof alignment>>];
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
      ...{ index, id: entry.id, subset: tools.split?.subset(index) ?? null, label: entry.label },
      ...{ ...scoreOf(losses(f), losses(g)), pair, views_f: kept(f), views_g: kept(g) },
    };
  });
}
