import { SslMemError } from "../errors.js";
import { fileList, identifier, literal, readMetadata, type Session } from "../tables/index.js";

/** A ranking: score parts or the layers of a localisation, averaged over the pairs in them, or those of one pair. */
export interface RankingInput {
  name: string;
  /** Score parts, or layers.parquet. */
  parts: readonly string[];
  /** Only this pair's rows; null: all, averaged. */
  pair: number | null;
  /** Only this layer's rows, in a table that has several; null: all. */
  layer?: string | null;
}

/** What a ranking is made of: the column that ranks, and a subset, or "all"; tables without subsets are taken whole. */
export interface RankedBy {
  score: string;
  subset: string;
}

/**
 * Makes table `ranking_<number>`: id and x, the score. Returns how many points it has.
 *
 * @throws SslMemError DATA when the table lacks the column, USAGE when it has no such layer
 */
export async function makeRanking(
  session: Session,
  number: number,
  { name, parts, pair, layer = null }: RankingInput,
  { score, subset }: RankedBy,
): Promise<number> {
  const source = `read_parquet(${fileList(parts)})`;
  const columns = await session.ask(`DESCRIBE SELECT * FROM ${source}`, {
    column_name: "string",
    column_type: "string",
  });
  const types = new Map(columns.map(({ column_name, column_type }) => [column_name, column_type]));
  for (const needed of ["id", score]) {
    if (!types.has(needed))
      throw new SslMemError(
        "DATA",
        `Expected a column ${needed} in the scores of ${name} but there are only ${[...types.keys()].join(", ")}.`,
      );
  }
  if (!/^(DOUBLE|FLOAT|DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)/.test(types.get(score) ?? ""))
    throw new SslMemError(
      "USAGE",
      `Expected a column of numbers for --score but ${score} of ${name} is ${types.get(score)}.`,
    );
  if (layer !== null) await checkLayer(session, source, layer);
  const conditions = [
    `${identifier(score)} IS NOT NULL`,
    ...(subset !== "all" && types.has("subset")
      ? [`coalesce(subset, 'candidate') = ${literal(subset)}`]
      : []),
    ...(pair !== null ? [`pair = ${pair}`] : []),
    ...(layer !== null ? [`layer = ${literal(layer)}`] : []),
  ];
  await session.ask(
    `CREATE TEMP TABLE ranking_${number} AS SELECT id, avg(${identifier(score)})::DOUBLE AS x FROM ${source}
     WHERE ${conditions.join(" AND ")} GROUP BY id`,
  );
  const { n } = await session.askOne(`SELECT count(*)::DOUBLE AS n FROM ranking_${number}`, { n: "number" });
  return n;
}

/** The layers of a localisation's table, in the order of the network. */
export async function layersIn(session: Session, source: string): Promise<string[]> {
  const rows = await session.ask(`SELECT layer FROM ${source} GROUP BY layer ORDER BY min(position), layer`);
  return rows.map((row) => String(row.layer));
}

async function checkLayer(session: Session, source: string, layer: string): Promise<void> {
  const layers = await layersIn(session, source);
  if (!layers.includes(layer))
    throw new SslMemError("USAGE", `Expected layers out of ${layers.join(", ")} but received "${layer}".`);
}

/** What the first part of a ranking says of how it was made; null for tables that are not ours. */
async function madeWith({ parts }: RankingInput): Promise<Record<string, unknown> | null> {
  const { configuration } = await readMetadata(parts);
  return configuration === undefined ? null : JSON.parse(configuration);
}

/** What a reader must know of two rankings before he trusts their agreement. */
export async function cautionsOf(first: RankingInput, second: RankingInput): Promise<string[]> {
  const [a, b] = [await madeWith(first), await madeWith(second)];
  if (a === null || b === null) return [];
  const found: string[] = [];
  if (a.manifest !== b.manifest)
    found.push(
      `${first.name} and ${second.name} were scored on different lists of images, which are matched by their ids alone: make sure that an id means the same image in both.`,
    );
  const isSame = (first.layer ?? null) === (second.layer ?? null) && first.pair === second.pair;
  if (isSame && JSON.stringify(a) === JSON.stringify(b))
    found.push(`${first.name} and ${second.name} are the same scores: same weights, same views.`);
  return found;
}
