import { jackknife, sslmem } from "../score/formulas.js";
import { type Session, scattered } from "../tables/index.js";

/** Images looked at, and numbers held, at most. */
const MOST_IMAGES = 5000;
const MOST_DISTANCES = 4e6;

/** The kept distances of the views of some candidates. A unit is what is drawn independently: a view or, for the scheme disjoint, a pair of views. */
export interface KeptViews {
  images: number;
  /** Whether these are a sample of more. */
  sampled: boolean;
  units: number;
  /** Units that a score needs at least. */
  fewest: number;
  /** Views that so many units take. */
  viewsOf(units: number): number;
  /** [images] sslmem, averaged over pairs, from these units alone, and its mean jackknife error. */
  scores(units: Uint32Array): { values: Float64Array; error: number };
}

/** Reads the kept distances; null where the parts have none. */
export async function keptViews(session: Session, k: number, scheme: string): Promise<KeptViews | null> {
  const names = (await session.ask("DESCRIBE scored")).map((row) => row.column_name);
  if (!names.includes("views_f")) return null;
  const entries = entriesOf(k, scheme);
  const units = scheme === "disjoint" ? k / 2 : scheme === "original" ? k - 1 : k;
  const { total, pairs } = await session.askOne(
    "SELECT count(*)::DOUBLE AS total, coalesce(max(pairs), 0)::DOUBLE AS pairs FROM points WHERE subset = 'candidate'",
    { total: "number", pairs: "number" },
  );
  const images = Math.min(
    total,
    MOST_IMAGES,
    Math.floor(MOST_DISTANCES / (entries.length * Math.max(1, pairs))),
  );
  const [f, g] = (await session.columns(
    `WITH chosen AS (SELECT index FROM points WHERE subset = 'candidate'
       ORDER BY ${scattered("index")}, index LIMIT ${images}),
     rows AS (SELECT views_f, views_g FROM scored WHERE index IN (SELECT index FROM chosen) ORDER BY index, pair)
     SELECT unnest(views_f), unnest(views_g) FROM rows`,
  )) as [Float64Array, Float64Array];
  if (f.length !== images * pairs * entries.length) return null;
  const scores = (chosen: Uint32Array) => scoresOf(f, g, { images, pairs, entries, units, chosen });
  const viewsOf = (count: number) =>
    scheme === "disjoint" ? 2 * count : scheme === "original" ? count + 1 : count;
  return {
    images,
    sampled: images < total,
    units,
    viewsOf,
    scores,
    fewest: scheme === "pairs" ? 2 : 1,
  };
}

/** Which units each kept distance is of, in the order of the native alignment: one or two unit numbers. */
function entriesOf(k: number, scheme: string): readonly number[][] {
  if (scheme === "disjoint") return Array.from({ length: k / 2 }, (_, i) => [i]);
  if (scheme === "original") return Array.from({ length: k - 1 }, (_, i) => [i]);
  return Array.from({ length: k }, (_, i) =>
    Array.from({ length: k - 1 - i }, (_, j) => [i, i + 1 + j]),
  ).flat();
}

interface Layout {
  images: number;
  pairs: number;
  entries: readonly number[][];
  units: number;
  chosen: Uint32Array;
}

function scoresOf(f: Float64Array, g: Float64Array, layout: Layout) {
  const { images, pairs, entries, units, chosen } = layout;
  const isIn = new Uint8Array(units);
  for (const unit of chosen) isIn[unit] = 1;
  const used = [...entries.keys()].filter((e) => (entries[e] as number[]).every((unit) => isIn[unit] === 1));
  const values = new Float64Array(images);
  let error = 0;
  const [sf, sg, count] = [new Float64Array(units), new Float64Array(units), new Float64Array(units)];
  for (let image = 0; image < images; image++) {
    let squares = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const at = (image * pairs + pair) * entries.length;
      sf.fill(0);
      sg.fill(0);
      count.fill(0);
      let [tf, tg] = [0, 0];
      for (const e of used) {
        const [df, dg] = [f[at + e] as number, g[at + e] as number];
        tf += df;
        tg += dg;
        for (const unit of entries[e] as number[]) {
          sf[unit] = (sf[unit] as number) + df;
          sg[unit] = (sg[unit] as number) + dg;
          count[unit] = (count[unit] as number) + 1;
        }
      }
      values[image] = (values[image] as number) + sslmem(tf, tg) / pairs;
      // All losses here are sums over equally many distances under f and g, so the counts cancel in the ratio.
      const left = Array.from(chosen, (unit) =>
        used.length > (count[unit] as number)
          ? sslmem(tf - (sf[unit] as number), tg - (sg[unit] as number))
          : Number.NaN,
      );
      squares += jackknife(left) ** 2;
    }
    error += Math.sqrt(squares) / pairs / images;
  }
  return { values, error };
}
