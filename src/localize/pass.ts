import type { ImageStore, Split } from "../data/index.js";
import { openedEngine, withinMemory } from "../engine/index.js";
import { SslMemError } from "../errors.js";
import { type Encoder, REPRESENTATION } from "../nn/index.js";
import { alignment } from "../score/alignment-by-distance.js";
import { blaming } from "../score/alignment-losses.js";
import { type Score, type ScoreRecipe, scoreOf, scoreViews } from "../score/index.js";
import { HostViews, type ViewBatch } from "../views/index.js";
import { captureLayers, type LayerSize, layerSizes } from "./capture.js";

/** float32 values in memory of the captured outputs of one encoder for one batch: 256 MiB. */
const CAPTURED_VALUES = 2 ** 26;
/** Memory for all units' activations of both encoders, bytes. */
const ACTIVATION_BYTES = 2 ** 31;

/** The score of one image at one layer. */
export interface LayerRow extends Score {
  index: number;
  id: string;
  subset: string | null;
  /** Place of the layer in the network, from 0; the representation comes last. */
  position: number;
  layer: string;
}

/** Mean activations of every unit of one encoder for every image. */
export interface UnitActivations {
  /** [images, units of all layers side by side] */
  values: Float32Array;
  /** Units in all. */
  units: number;
}

export interface PassOptions {
  recipe: ScoreRecipe;
  store: ImageStore;
  /** Null: images without subsets. */
  split: Split | null;
  f: Encoder;
  g: Encoder;
  /** Manifest indices of the images to look at. */
  indices: Uint32Array;
  /** float32 values of one encoder's captured outputs that may be in memory. Default 2^26: 256 MiB. */
  capturedValues?: number | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
}

export interface PassResult {
  /** Every layer, the representation last. */
  layers: LayerSize[];
  f: UnitActivations;
  g: UnitActivations;
  /** Images encoded at once: the recipe's batch, or fewer where their layers would not fit. */
  batch: number;
}

/**
 * One pass over the views that scores every image at every layer (LayerMem, arXiv 2409.19069, equation 2, before the mean
 * over images) and keeps every unit's mean activation for UnitMem. The same views go to f and to g. One encoder's layers
 * for one batch are in memory at a time; a batch shrinks until they fit in 256 MiB.
 *
 * @param append receives the rows of a batch: images · layers of them
 * @throws SslMemError USAGE when the images' unit activations would take more than 2 GiB; NUMERIC when an output is not
 *   finite; ENGINE when memory is too short for a batch, naming one that fits; the signal's reason
 */
export async function localizePass(
  options: PassOptions,
  append: (rows: LayerRow[]) => void,
): Promise<PassResult> {
  const { recipe, store, split, f, g, indices, signal } = options;
  const layers = layerSizes(f, recipe.imageSize);
  const valuesPerView = layers.reduce((sum, { dim }) => sum + dim, 0);
  const batch = Math.max(
    1,
    Math.min(
      recipe.batch,
      Math.floor((options.capturedValues ?? CAPTURED_VALUES) / (valuesPerView * recipe.views)),
    ),
  );
  const units = layers.reduce((sum, layer) => sum + unitsOf(layer), 0);
  if (8 * units * indices.length > ACTIVATION_BYTES) {
    throw new SslMemError(
      "USAGE",
      `Expected images whose activations of ${units} units fit in 2 GiB but received ${indices.length} of them.`,
      `--images ${Math.floor(ACTIVATION_BYTES / (8 * units) / 2)}`,
    );
  }
  const kept = [f, g].map(() => ({ values: new Float32Array(units * indices.length), units })) as [
    UnitActivations,
    UnitActivations,
  ];
  const maker = new HostViews(store);
  const wanted = scoreViews(recipe);
  for (let start = 0; start < indices.length; start += batch) {
    signal?.throwIfAborted();
    const count = Math.min(batch, indices.length - start);
    // The last batch is filled up with its last image, so that every batch has the same shape.
    const views = await maker.make(
      Uint32Array.from({ length: batch }, (_, i) => indices[start + Math.min(i, count - 1)] as number),
      wanted,
    );
    const images = { batch, count, start };
    const losses = [];
    for (const [which, encoder] of [f, g].entries())
      losses.push(await encode(recipe, encoder, views, images, kept[which] as UnitActivations));
    const [lossesF, lossesG] = losses as [LayerLosses[], LayerLosses[]];
    const rows: LayerRow[] = [];
    for (let i = 0; i < count; i++) {
      const index = indices[start + i] as number;
      const facts = { index, id: store.manifest.entry(index).id, subset: split?.subset(index) ?? null };
      for (const [position, { layer }] of layers.entries()) {
        const of = ({ loss, leaveOneOut, left }: LayerLosses) => ({
          loss: loss[i] as number,
          leaveOneOut: leaveOneOut.subarray(i * left, (i + 1) * left),
        });
        const score = scoreOf(of(lossesF[position] as LayerLosses), of(lossesG[position] as LayerLosses));
        rows.push({ ...facts, position, layer, ...score });
      }
    }
    append(rows);
    options.onProgress?.(start + count, indices.length);
  }
  return { layers, f: kept[0], g: kept[1], batch };
}

/** The representation has no units of its own: those of the last layer are counted already. */
export function unitsOf({ layer, units }: LayerSize): number {
  return layer === REPRESENTATION ? 0 : units;
}

interface LayerLosses {
  loss: Float64Array;
  leaveOneOut: Float64Array;
  /** Values of leaveOneOut for one image. */
  left: number;
}

/**
 * Losses of every layer for the first `count` images of a batch, the pass's images from `start` on; on the way the units'
 * activations go to their place in `kept`.
 */
async function encode(
  recipe: ScoreRecipe,
  encoder: Encoder,
  views: readonly ViewBatch[],
  { batch, count, start }: { batch: number; count: number; start: number },
  kept: UnitActivations,
): Promise<LayerLosses[]> {
  const { distance, scheme, normalize } = recipe;
  const losses: LayerLosses[] = [];
  let offset = 0;
  const needs = { batch, before: openedEngine().memory().bytes, perImage: 0 };
  const layers = withinMemory("--score-batch", 1, needs, () =>
    captureLayers(encoder, views, batch, recipe.views),
  );
  for (const captured of layers) {
    const { values, dim, unitMeans, units } = captured;
    const { loss, leaveOneOut } = await alignment(
      values.subarray(0, count * recipe.views * dim),
      count,
      recipe.views,
      dim,
      { distance, scheme, normalize },
    ).catch((error) => Promise.reject(blaming(`${captured.layer} of ${encoder.name}`, error)));
    losses.push({ loss, leaveOneOut, left: leaveOneOut.length / count });
    if (unitsOf(captured) === 0) continue;
    for (let i = 0; i < count; i++)
      kept.values.set(unitMeans.subarray(i * units, (i + 1) * units), (start + i) * kept.units + offset);
    offset += units;
  }
  return losses;
}
