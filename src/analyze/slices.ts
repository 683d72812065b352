import { estimateFromError, finite, UNDEFINED } from "../statistics/estimate.js";
import { holm } from "../statistics/many-tests.js";
import { tTail } from "../statistics/tails.js";
import type { Moments } from "../statistics/ttest.js";
import { columnNames, double, fileList, type Session, type TypedRow } from "../tables/index.js";
import { p as pWords, signed } from "../text/number-words.js";
import { FACT_NAMES, FACTS, type FactName } from "./fact-names.js";
import type { Maybe, Slice, Slices } from "./types.js";

const ALPHA = 0.05;
/** Images of a subset that a slice, and what is outside it, must have to be tested. */
const FEWEST = 5;
const QUARTERS = ["lowest", "second", "third", "highest"];

interface Cell {
  by: string;
  name: string;
  key: string;
  from: Maybe;
  to: Maybe;
  candidate: Moments;
  external: Moments;
}

/**
 * Slices by class and by quarters of the image facts: is a slice memorised more than the rest? Each is judged by its
 * candidates' mean minus that of the external images in the same slice, since a pair's offset may depend on what is in the
 * picture; and that figure minus the same of all other images is tested (Welch–Satterthwaite t), corrected for the number
 * of slices (Holm). Without external images the means of the candidates are compared.
 *
 * @param facts facts.parquet, or null
 */
export async function slicesOf(
  session: Session,
  facts: string | null,
  labelNames: readonly string[] | null,
): Promise<Slices | null> {
  const classes = await classCells(session, labelNames);
  const groups = classes.length > 1 ? [classes] : [];
  if (facts !== null) {
    await session.ask(
      `CREATE OR REPLACE TEMP TABLE facted AS SELECT subset, sslmem, f.* FROM points JOIN read_parquet(${fileList(facts)}) f
       USING (index) WHERE subset IN ('candidate', 'external')`,
    );
    const there = new Set(await columnNames(facts));
    for (const fact of FACT_NAMES) {
      const cells = there.has(fact) ? await factCells(session, fact) : [];
      if (cells.length > 1) groups.push(cells);
    }
  }
  if (groups.length === 0) return null;
  const judged = groups.flatMap((cells) => cells.map((cell) => judge(cell, cells)));
  const adjusted = holm(judged.map(({ p_two_sided }) => p_two_sided));
  const slices = judged.map((slice, i) => ({ ...slice, p_adjusted: adjusted[i] ?? null }));
  const tested = adjusted.filter((p) => p !== null).length;
  const best = slices
    .filter(({ p_adjusted, contrast }) => (p_adjusted ?? 1) < ALPHA && (contrast.value ?? 0) > 0)
    .sort((a, b) => (b.contrast.value ?? 0) - (a.contrast.value ?? 0))[0];
  const sentence =
    best === undefined
      ? `None of ${tested} slices is memorised significantly more than the rest.`
      : `Most memorised slice: ${best.by === "class" ? `class ${best.name}` : best.name}, ${signed(best.contrast.value)} above the rest (p = ${pWords(best.p_adjusted)}, corrected for ${tested} slices).`;
  return { slices, tested, alpha: ALPHA, most_memorized: best?.key ?? null, sentence };
}

const MOMENTS = {
  cn: "number",
  cm: "number?",
  cs: "number?",
  en: "number",
  em: "number?",
  es: "number?",
} as const;
const AGGREGATES = `(count(*) FILTER (s = 'candidate'))::DOUBLE AS cn, avg(y) FILTER (s = 'candidate') AS cm, stddev_samp(y) FILTER (s = 'candidate') AS cs,
  (count(*) FILTER (s = 'external'))::DOUBLE AS en, avg(y) FILTER (s = 'external') AS em, stddev_samp(y) FILTER (s = 'external') AS es`;

function cellMoments(row: TypedRow<typeof MOMENTS>): Pick<Cell, "candidate" | "external"> {
  const of = (n: number, mean: Maybe, sd: Maybe) => ({ n, mean: mean ?? Number.NaN, sd: sd ?? Number.NaN });
  return { candidate: of(row.cn, row.cm, row.cs), external: of(row.en, row.em, row.es) };
}

async function classCells(session: Session, labelNames: readonly string[] | null): Promise<Cell[]> {
  const rows = await session.ask(
    `SELECT label, ${AGGREGATES} FROM (SELECT label, subset AS s, sslmem AS y FROM points WHERE label IS NOT NULL)
     GROUP BY label HAVING cn > 0 ORDER BY label`,
    { label: "number", ...MOMENTS },
  );
  return rows.map((row) => {
    const name = labelNames?.[row.label] ?? String(row.label);
    return { by: "class", name, key: `class=${name}`, from: null, to: null, ...cellMoments(row) };
  });
}

/** Quarters of a fact, cut at the candidates' quartiles; fewer where quartiles coincide, none where it hardly varies. */
async function factCells(session: Session, fact: FactName): Promise<Cell[]> {
  const { cuts } = await session.askOne(
    `SELECT quantile_cont(${fact}, [0.25, 0.5, 0.75]) AS cuts FROM facted WHERE subset = 'candidate' AND ${fact} IS NOT NULL`,
    { cuts: "number[]?" },
  );
  if (cuts === null) return [];
  const distinct = [...new Set(cuts)];
  const bin = distinct.map((cut) => `(x > ${double(cut)})::INT`).join(" + ");
  const rows = await session.ask(
    `SELECT ${bin} AS bin, min(x)::DOUBLE AS low, max(x)::DOUBLE AS high, ${AGGREGATES}
     FROM (SELECT subset AS s, sslmem AS y, ${fact} AS x FROM facted WHERE ${fact} IS NOT NULL)
     GROUP BY bin HAVING cn > 0 ORDER BY bin`,
    { low: "number", high: "number", ...MOMENTS },
  );
  return rows.map((row, i) => {
    const { low: from, high: to } = row;
    const range = from === to ? `${short(from)}` : `${short(from)} to ${short(to)}`;
    const words = rows.length === 4 ? ` (${QUARTERS[i]} quarter)` : "";
    return {
      by: fact,
      name: `${FACTS[fact]} ${range}${words}`,
      key: `${fact}=q${i + 1}`,
      from,
      to,
      ...cellMoments(row),
    };
  });
}

const short = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

function judge(cell: Cell, all: readonly Cell[]): Omit<Slice, "p_adjusted"> {
  const { candidate, external, by, name, key, from, to } = cell;
  const rest = (subset: "candidate" | "external") =>
    merged(all.filter((other) => other !== cell).map((other) => other[subset]));
  const isRelative = all.some((other) => other.external.n > 0);
  const others = [rest("candidate"), ...(isRelative ? [rest("external")] : [])];
  const own = [candidate, ...(isRelative ? [external] : [])];
  const differenceOf = ([c, e]: readonly Moments[]) => (c?.mean ?? Number.NaN) - (e?.mean ?? 0);
  const relative = combined(differenceOf(own), own);
  const contrast = combined(differenceOf(own) - differenceOf(others), [...own, ...others]);
  const isTested = [...own, ...others].every(({ n }) => n >= FEWEST) && contrast.se > 0;
  return {
    by,
    name,
    key,
    from,
    to,
    n: candidate.n,
    n_external: external.n,
    mean: estimateFromError(candidate.mean, candidate.sd / Math.sqrt(candidate.n), candidate.n - 1),
    relative: isRelative && external.n > 0 ? relative.estimate : UNDEFINED,
    contrast: isTested ? contrast.estimate : { ...UNDEFINED, value: finite(contrast.value) },
    p_two_sided: isTested ? 2 * tTail(Math.abs(contrast.value / contrast.se), contrast.df) : null,
  };
}

/** A sum or difference of independent means: its error, and degrees of freedom after Welch and Satterthwaite. */
function combined(value: number, parts: readonly Moments[]) {
  const variance = parts.reduce((sum, { n, sd }) => sum + sd ** 2 / n, 0);
  const df = variance ** 2 / parts.reduce((sum, { n, sd }) => sum + (sd ** 2 / n) ** 2 / (n - 1), 0);
  const se = Math.sqrt(variance);
  return { value, se, df, estimate: estimateFromError(value, se, df) };
}

/** Moments of several samples taken together (Chan, Golub and LeVeque 1983). */
export function merged(samples: readonly Moments[]): Moments {
  let [n, mean, squares] = [0, 0, 0];
  for (const sample of samples) {
    if (sample.n === 0) continue;
    const delta = sample.mean - mean;
    const total = n + sample.n;
    squares += (sample.n > 1 ? sample.sd ** 2 * (sample.n - 1) : 0) + (delta ** 2 * n * sample.n) / total;
    mean += (delta * sample.n) / total;
    n = total;
  }
  return { n, mean: n === 0 ? Number.NaN : mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN };
}
