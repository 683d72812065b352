import type { Maybe } from "../statistics/types.js";
import { signed as inWords, plain } from "../text/number-words.js";
import { table } from "../text/text-table.js";
import type { LayerSummary, Localization, UnitLayerSummary } from "./localization-schema.js";

const signed = (value: Maybe | undefined) => inWords(value ?? null, 3);
const share = (value: Maybe | undefined) => plain(value ?? null, 3);

/** The localisation as text for a terminal. */
export function formatLocalization(result: Localization): string {
  const [first] = result.images;
  const k = result.layers[0]?.extremes.n ?? 0;
  return [
    `LayerMem of ${first?.n} ${first?.subset} images at every layer (${result.views} views, ${result.distance}, ${result.pairs} pair${result.pairs === 1 ? "" : "s"}); increment: over the layer before; top and least: the ${k} images that the representation memorises most and least.`,
    ...table([
      ["layer", "LayerMem", "±", "increment", "±", "minus external", "±", `top ${k}`, `least ${k}`],
      ...result.layers.map(layerLine),
    ]),
    ...trendLine(result),
    "",
    "UnitMem, mean over the units of a layer; f has seen the candidates, g and the external images show what comes without;",
    "candidate first: share of the units that respond most, of all these images, to a candidate (0.5 by chance):",
    ...table([
      [
        "layer",
        "units",
        "f, candidates",
        "largest",
        "median form",
        "g, candidates",
        "f, external",
        "ClassMem of f",
        "candidate first: f",
        "candidate first: g",
      ],
      ...unitLines(result),
    ]),
    "",
    "Candidates that most units respond to most (of f; of g; largest UnitMem in f):",
    ...result.top_images.map(
      ({ id, units_f, units_g, unitmem }) => `  ${id}  ${units_f}; ${units_g}; ${share(unitmem)}`,
    ),
    "",
    "Units of f that memorise single candidates most:",
    ...result.top_units.map(
      ({ layer, unit, unitmem, images }) =>
        `  ${layer}, unit ${unit}: ${unitmem.toFixed(3)}  ${images[0]?.id} (then ${images[1]?.id})`,
    ),
  ].join("\n");
}

function trendLine({ depth_trend: { raw, relative } }: Localization): string[] {
  const tau = relative ?? raw;
  if (tau === null) return [];
  const what = relative === null ? "LayerMem" : "LayerMem minus external";
  return [
    `  Kendall's tau of depth and ${what}: ${tau.toFixed(2)} (1: every layer memorises more than the one before).`,
  ];
}

function layerLine({ layer, subsets, extremes }: LayerSummary): string[] {
  const candidate = subsets.find(({ subset }) => subset === "candidate");
  return [
    layer,
    signed(candidate?.mean),
    share(candidate?.se),
    signed(candidate?.increment?.mean),
    share(candidate?.increment?.se),
    signed(candidate?.relative?.mean),
    share(candidate?.relative?.se),
    signed(extremes.most),
    signed(extremes.least),
  ];
}

function unitLines({ layers, units }: Localization): string[][] {
  return layers.flatMap(({ layer }) => {
    const of = (encoder: string, subset: string): UnitLayerSummary | undefined =>
      units.find((row) => row.layer === layer && row.encoder === encoder && row.subset === subset);
    const own = of("f", "candidate");
    if (own === undefined) return [];
    return [
      [
        layer,
        String(own.units),
        share(own.unitmem.mean),
        share(own.unitmem.maximum),
        share(own.unitmem_median.mean),
        share(of("g", "candidate")?.unitmem.mean),
        share(of("f", "external")?.unitmem.mean),
        share(own.classmem?.mean),
        share(own.candidate_first),
        share(of("g", "candidate")?.candidate_first),
      ],
    ];
  });
}
