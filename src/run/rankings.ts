import { existsSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Places } from "../analyze/compare-rankings.js";
import { layersIn, type RankingInput } from "../analyze/ranking-input.js";
import { SslMemError } from "../errors.js";
import { fileList, query, withSession } from "../tables/index.js";
import { checkGiven } from "../text/given.js";
import { runPaths } from "./paths.js";
import { findScores } from "./score-files.js";

/** Rankings, and which two of them are compared; all where it is left out. */
export interface Rankings {
  inputs: RankingInput[];
  compared?: Places[];
}

interface Place {
  name: string;
  parts: string[];
}

/**
 * The rankings that `sslmem compare` is asked for. Several runs: each with every later one, by layers the same layer of
 * every two. One run: its layers with each other, or with fewer than two its pairs.
 *
 * @param layers names of layers, "all", or null: rank by the scores
 * @throws SslMemError USAGE when there is nothing to compare, or a run is named twice; DATA when it has no such tables
 */
export async function rankingsAt(
  paths: readonly string[],
  layers: readonly string[] | "all" | null,
): Promise<Rankings> {
  checkGiven("rankingsAt", { paths }, ["paths"]);
  const places = await Promise.all(paths.map(layers === null ? findScores : findLayers));
  await checkDifferent(paths);
  const [only] = places;
  if (only === undefined) throw tooFew("none");
  const isUnique = new Set(places.map(({ name }) => name)).size === places.length;
  const named = places.map(({ name, parts }, i) => ({ name: isUnique ? name : (paths[i] as string), parts }));
  const chosen = layers === "all" ? await layersOf(only) : layers;
  if (named.length > 1) return ofRuns(named, chosen);
  if (chosen !== null && chosen.length > 1)
    return { inputs: chosen.map((layer) => ({ name: layer, parts: only.parts, pair: null, layer })) };
  return ofPairs(only, chosen?.[0] ?? null);
}

function ofRuns(places: readonly Place[], layers: readonly string[] | null): Rankings {
  if (layers === null) return { inputs: places.map((place) => ({ ...place, pair: null })) };
  const inputs = layers.flatMap((layer) =>
    places.map(({ name, parts }) => ({ name: `${name} ${layer}`, parts, pair: null, layer })),
  );
  const runs = places.length;
  const compared = layers.flatMap((_, l) =>
    places.flatMap((_, a) => places.slice(a + 1).map((_, i): Places => [l * runs + a, l * runs + a + 1 + i])),
  );
  return { inputs, compared };
}

async function ofPairs({ name, parts }: Place, layer: string | null): Promise<Rankings> {
  const pairs = await query(`SELECT DISTINCT pair FROM read_parquet(${fileList(parts)}) ORDER BY pair`);
  if (pairs.length < 2)
    throw tooFew(`one, ${name}, of a single pair${layer === null ? "" : " and one layer"}`);
  return {
    inputs: pairs.map(({ pair }) => ({ name: `${name} pair ${pair}`, parts, pair: Number(pair), layer })),
  };
}

/** The layers' table of a localised run, or a table given by itself. */
async function findLayers(path: string): Promise<Place> {
  const name = basename(resolve(path));
  if ((await stat(path).catch(() => null)) === null)
    throw new SslMemError("USAGE", `Expected a run but there is nothing at ${path}.`);
  if ((await stat(path)).isFile()) return { name, parts: [path] };
  const { layers } = runPaths(path);
  if (!existsSync(layers))
    throw new SslMemError(
      "DATA",
      `Expected layers in ${path} but it has not been localised.`,
      `sslmem localize --run ${path}`,
    );
  return { name, parts: [layers] };
}

const layersOf = ({ parts }: Place): Promise<string[]> =>
  withSession({ memory: "512MB" }, (session) => layersIn(session, `read_parquet(${fileList(parts)})`));

/** Refuses a run that is named twice; the paths exist. Throws SslMemError USAGE. */
export async function checkDifferent(paths: readonly string[]): Promise<void> {
  const real = await Promise.all(paths.map((path) => realpath(path)));
  const twice = paths.find((_, i) => real.indexOf(real[i] as string) < i);
  if (twice !== undefined)
    throw new SslMemError(
      "USAGE",
      `Expected different runs but received ${twice} twice.`,
      "another run beside it",
    );
}

const tooFew = (received: string): SslMemError =>
  new SslMemError(
    "USAGE",
    `Expected two or more runs, or one with several pairs, or several layers of one, but received ${received}.`,
    "sslmem compare runs/a runs/b, or sslmem compare runs/a --layer all",
  );
