import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { meanInterval, probeSchema } from "../../../src/evaluate/index.js";
import { contextOf } from "../../../src/report/collect/report-context.js";
import { runPaths } from "../../../src/run/paths.js";
import { type Cell, PICKS, type Pick, REMOVAL_SCHEMA, type Removal, type Trial } from "./schema.js";

const needed = probeSchema.pick({ data: true, encoders: true });

/** Reads every probe of the experiment: seed-S/probes/PICK-K.(same|other).json. Throws when there is none. */
export async function readTrials(root: string): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const name of (await readdir(root)).sort()) {
    const seed = /^seed-(\d+)$/.exec(name)?.[1];
    if (seed === undefined) continue;
    const folder = join(root, name, "probes");
    for (const file of (await readdir(folder)).sort()) {
      const [, pick, removed, on] = /^([a-z-]+)-(\d+)\.(same|other)\.json$/.exec(file) ?? [];
      if (pick === undefined) continue;
      const report = needed.parse(JSON.parse(await readFile(join(folder, file), "utf8")));
      const f = report.encoders.find(({ encoder }) => encoder === "f");
      for (const { method, mean } of f?.results ?? []) {
        trials.push({
          seed: Number(seed),
          pick: pick as Pick,
          removed: Number(removed),
          on: on as Trial["on"],
          data: report.data,
          method,
          accuracy: mean,
        });
      }
    }
  }
  if (trials.length === 0) throw new Error(`Expected probes in ${root}/seed-*/probes but there are none.`);
  return trials;
}

/** What the experiment was made with, by the run of the first seed that has one. */
export async function readContext(root: string): Promise<Removal["context"]> {
  for (const name of (await readdir(root)).sort()) {
    if (!/^seed-\d+$/.test(name)) continue;
    const { settings, sessions } = await contextOf(runPaths(join(root, name, "base")));
    if (sessions.length === 0) continue;
    const values = Object.entries(settings).map(([key, { value }]) => [key, value]);
    // The first session with an engine is the audit's own; later ones may have looked at the run elsewhere.
    return {
      settings: Object.fromEntries(values),
      session: sessions.find(({ engine }) => engine) ?? sessions[0],
    };
  }
  return null;
}

/** Puts the seeds of each pick, size, data set and probe together. */
export function summarize(trials: readonly Trial[], context: Removal["context"] = null): Removal {
  const groups = new Map<string, Trial[]>();
  for (const trial of trials) {
    const key = JSON.stringify([trial.on, trial.method, trial.removed, trial.pick]);
    groups.set(key, [...(groups.get(key) ?? []), trial]);
  }
  const cells = [...groups.values()].map((group): Cell => {
    const { seed: _, accuracy: __, ...what } = group[0] as Trial;
    const values = group.map(({ accuracy }) => accuracy);
    return {
      ...what,
      seeds: values.length,
      mean: meanOf(values),
      interval: meanInterval(values),
      against_random: against("random", group, trials),
      against_matched: against("matched-random", group, trials),
    };
  });
  const order = (cell: Cell) => [
    cell.on === "same" ? 0 : 1,
    cell.method,
    cell.removed,
    PICKS.indexOf(cell.pick),
  ];
  cells.sort((a, b) => compare(order(a), order(b)));
  return { schema: REMOVAL_SCHEMA, context, trials: [...trials], cells };
}

/** Differences from a control that was removed as often, seed by seed. The matched control is that of the most memorised. */
function against(control: Pick, group: readonly Trial[], all: readonly Trial[]): Cell["against_random"] {
  const [first] = group as [Trial];
  if (first.pick === control || first.pick === "none") return null;
  if (control === "matched-random" && first.pick !== "most") return null;
  const differences = group.flatMap(({ seed, accuracy }) => {
    const other = all.find(
      (one) =>
        one.pick === control &&
        (["removed", "on", "method"] as const).every((key) => one[key] === first[key]) &&
        one.seed === seed,
    );
    return other === undefined ? [] : [accuracy - other.accuracy];
  });
  return differences.length === 0 ? null : { mean: meanOf(differences), interval: meanInterval(differences) };
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] as number | string;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
