import { join } from "node:path";
import { extent } from "../arrays.js";
import type { ImageStore, Split, Subset } from "../data/index.js";
import { SslMemError } from "../errors.js";
import { keyOf, randomPermutation } from "../native/index.js";
import { getArchitecture, loadEncoder } from "../nn/index.js";
import type { ScoreRecipe } from "../score/index.js";
import type { NetworkChoice } from "../settings/scoring-settings.js";
import { type AppendRows, writeParquetRows } from "../tables/index.js";
import type { LayerSize } from "./capture.js";
import { columnsOf, LAYER_COLUMNS, UNIT_COLUMNS, UNIT_IMAGE_COLUMNS } from "./column-types.js";
import { depthTrend } from "./depth-trend.js";
import { LOCALIZE_SCHEMA, type Localization, localizeSchema } from "./localization-schema.js";
import { localizePass, type PassResult } from "./pass.js";
import { layerOverlaps, layerSummaries, topUnits, unitSummaries } from "./summary.js";
import { topImages } from "./top-images.js";
import { type UnitRow, unitRows } from "./units-table.js";
import { whyNull } from "./why-null.js";

/** Candidates, and external images to measure the pair's offset and what units do with images that f never saw. */
const LOOKED_AT: readonly Subset[] = ["candidate", "external"];
/** Rows written at a time. */
const BLOCK = 4096;

/** What to compare unit by unit, on which images, and where the tables go. */
export interface LocalizeOptions {
  /** How the pair is compared; `layer` is not looked at, since all of them are. */
  recipe: ScoreRecipe;
  /** Which of the networks of a run's encoders the weights are. Default: left out, for weights from elsewhere. */
  network?: NetworkChoice | undefined;
  store: ImageStore;
  /** Null: every image counts as a candidate. */
  split: Split | null;
  /** Weights of every pair. */
  pairs: readonly { f: string; g: string }[];
  /** Most images of each subset; drawn by the recipe's seed. */
  images: number;
  /** Folder for layers.parquet, units.parquet and unit-images.parquet. */
  directory: string;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Where in the network f memorises: LayerMem of every layer, UnitMem and ClassMem of every unit (arXiv 2409.19069), of f and,
 * to compare with, of g and of images that neither has seen. An engine must be open.
 *
 * @throws SslMemError DATA for weights of another architecture; USAGE and NUMERIC as localizePass; the signal's reason
 */
export async function localize(options: LocalizeOptions): Promise<Localization> {
  const { recipe, store, split, pairs, directory } = options;
  const { imageSize, pooling } = recipe;
  const architecture = getArchitecture(recipe.architecture, recipe.network);
  const drawn = drawImages(options);
  const indices = Uint32Array.from(drawn.flatMap(({ chosen }) => [...chosen])).sort();
  const paths = {
    layers: join(directory, "layers.parquet"),
    units: join(directory, "units.parquet"),
    images: join(directory, "unit-images.parquet"),
  };
  const metadata = (schema: string) => ({
    schema,
    configuration: JSON.stringify({ ...recipe, layer: undefined, pairs, manifest: store.manifest.hash }),
  });
  const found: { layers: LayerSize[]; batch: number } = { layers: [], batch: 0 };
  await writeParquetRows(paths.layers, LAYER_COLUMNS, metadata("sslmem/localize-layers@1"), (appendLayers) =>
    writeParquetRows(paths.units, UNIT_COLUMNS, metadata("sslmem/localize-units@1"), (appendUnits) =>
      writeParquetRows(
        paths.images,
        UNIT_IMAGE_COLUMNS,
        metadata("sslmem/localize-unit-images@1"),
        async (appendImages) => {
          for (const [pair, weights] of pairs.entries()) {
            const f = await loadEncoder(architecture, weights.f, { imageSize, pooling });
            const g = await loadEncoder(architecture, weights.g, { imageSize, pooling });
            try {
              const passOptions = { recipe, store, split, f, g, indices, signal: options.signal };
              const onProgress = (done: number, total: number) =>
                options.onProgress?.(pair * total + done, pairs.length * total);
              const pass = await localizePass({ ...passOptions, onProgress }, (rows) =>
                appendLayers(
                  columnsOf(
                    rows.map((row) => ({ ...row, pair })),
                    LAYER_COLUMNS,
                  ),
                ),
              );
              Object.assign(found, { layers: pass.layers, batch: pass.batch });
              writeUnits(options, pair, pass, indices, appendUnits, appendImages);
            } finally {
              f.dispose();
              g.dispose();
            }
          }
        },
      ),
    ),
  );
  const layers = await layerSummaries(paths.layers, found.layers);
  const { policy, views, distance, scheme, normalize, seed } = recipe;
  const result: Localization = {
    schema: LOCALIZE_SCHEMA,
    architecture: architecture.name,
    pooling,
    ...(options.network && { network: options.network }),
    policy,
    image_size: imageSize,
    views,
    distance,
    scheme,
    normalize,
    seed,
    batch: found.batch,
    pairs: pairs.length,
    images: drawn.map(({ subset, chosen, of }) => ({ subset, n: chosen.length, of })),
    layers,
    depth_trend: depthTrend(layers),
    overlaps: await layerOverlaps(paths.layers, found.layers),
    units: await unitSummaries(
      paths.units,
      (name) => drawn.find(({ subset }) => subset === name)?.chosen.length ?? 0,
    ),
    top_units: await topUnits(paths.units, paths.images),
    top_images: await topImages(paths.units, paths.images),
    why: {},
  };
  result.why = whyNull(result);
  return localizeSchema.parse(result);
}

/** Equally many images of each subset, since a maximum over more images is larger. */
function drawImages({ split, store, images, recipe }: LocalizeOptions) {
  const all = store.manifest.used;
  const subsets =
    split === null
      ? [{ subset: "candidate" as Subset, members: all }]
      : LOOKED_AT.map((subset) => ({ subset, members: split.indices(subset) })).filter(
          ({ members }) => members.length > 0,
        );
  const [n] = extent([images, ...subsets.map(({ members }) => members.length)]);
  if (n < 2)
    throw new SslMemError("USAGE", `Expected at least 2 images of each subset but ${n} would be looked at.`);
  return subsets.map(({ subset, members }, place) => {
    const key = keyOf("localize", recipe.seed, { sample: place });
    const order = randomPermutation(key, new Uint32Array(members.length)).subarray(0, n);
    return { subset, chosen: order.map((i) => members[i] as number).sort(), of: members.length };
  });
}

/** The unit rows of one pair, block by block. */
function writeUnits(
  { store, split }: LocalizeOptions,
  pair: number,
  pass: PassResult,
  indices: Uint32Array,
  appendUnits: AppendRows,
  appendImages: AppendRows,
): void {
  const entry = (place: number) => store.manifest.entry(indices[place] as number);
  for (const subset of split === null ? ["candidate"] : LOOKED_AT) {
    const places = [...indices.keys()].filter(
      (place) => split === null || split.subset(indices[place] as number) === subset,
    );
    if (places.length === 0) continue;
    const labels = places.map((place) => entry(place).label);
    for (const encoder of ["f", "g"] as const) {
      const block: UnitRow[] = [];
      const flush = () => {
        const facts = { pair, encoder, subset };
        appendUnits(
          columnsOf(
            block.map((row) => ({ ...row, ...facts })),
            UNIT_COLUMNS,
          ),
        );
        const images = block.flatMap(({ position, layer, unit, top }) =>
          top.map(({ place, activation }, rank) => ({
            ...facts,
            position,
            layer,
            unit,
            rank: rank + 1,
            activation,
            index: indices[place],
            id: entry(place).id,
          })),
        );
        appendImages(columnsOf(images, UNIT_IMAGE_COLUMNS));
        block.length = 0;
      };
      for (const row of unitRows(pass.layers, pass[encoder], places, labels)) {
        if (block.push(row) === BLOCK) flush();
      }
      if (block.length > 0) flush();
    }
  }
}
