import type { LayerSize } from "./capture.js";
import { type UnitActivations, unitsOf } from "./pass.js";
import { classMem, unitMem } from "./unit-formulas.js";

/** Images listed for each unit. */
export const IMAGES_PER_UNIT = 5;

/** One unit of one encoder over the images of one subset. */
export interface UnitRow {
  layer: string;
  position: number;
  unit: number;
  unitmem: number;
  unitmem_median: number;
  classmem: number;
  class: number | null;
  maximum: number;
  /** The images that excite it most: their places in the pass, and their mean activations. */
  top: { place: number; activation: number }[];
}

/**
 * UnitMem and ClassMem of every unit.
 *
 * @param places which images of the pass to take, at least 2 @param labels of those images, in the same order
 */
export function* unitRows(
  layers: readonly LayerSize[],
  activations: UnitActivations,
  places: readonly number[],
  labels: readonly (number | null)[],
): Generator<UnitRow> {
  const means = new Float64Array(places.length);
  let offset = 0;
  for (const [position, layer] of layers.entries()) {
    for (let unit = 0; unit < unitsOf(layer); unit++) {
      for (const [i, place] of places.entries())
        means[i] = activations.values[place * activations.units + offset + unit] as number;
      const { top, ...scores } = unitMem(means, IMAGES_PER_UNIT);
      const { classmem, label } = classMem(means, labels);
      yield {
        layer: layer.layer,
        position,
        unit,
        ...scores,
        classmem,
        class: label,
        top: top.map((i) => ({ place: places[i] as number, activation: means[i] as number })),
      };
    }
    offset += unitsOf(layer);
  }
}
