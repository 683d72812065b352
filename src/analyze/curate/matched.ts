import { SslMemError } from "../../errors.js";
import { columnNames, fileList, literal, type Session } from "../../tables/index.js";
import { type Curated, type CurateOptions, countOf } from "./options.js";
import { idsOf, shuffled } from "./shuffled.js";

/**
 * Controls for a list: for each of its images one of the same class and the same quarters of the facts; where such images run
 * out, the last fact is no longer asked for, and so on down to anything at all.
 */
export async function matched(
  session: Session,
  options: CurateOptions & { like: readonly string[] },
  available: number,
): Promise<Curated> {
  const { like, seed } = options;
  const list = `id IN (SELECT unnest([${like.map(literal).join(", ")}]))`;
  const { facts, columns } = await binned(session, options);
  const read = async (condition: string) =>
    session.columns(
      `SELECT index, ${["coalesce(label, -1)", ...columns].join(", ")} FROM binned WHERE ${condition} ORDER BY index`,
    );
  const [given, pool] = [await read(list), await read(`NOT (${list}) AND is_pool`)];
  const n = given[0]?.length ?? 0;
  if (n < like.length)
    throw new SslMemError(
      "DATA",
      `Expected the ${like.length} ids of --like among the scored images but found ${n} of them.`,
    );
  const wanted = options.count === null ? n : Math.min(n, countOf(options, available));
  const order = shuffled(n, seed, 1).subarray(0, wanted);
  const left = new Set(shuffled(pool[0]?.length ?? 0, seed, 2));
  const chosen: number[] = [];
  const levels: { facts: readonly string[]; n: number }[] = [];
  let open = [...order];
  // From class and all facts down to anything at all.
  for (let level = columns.length + 1; level >= 0 && open.length > 0; level--) {
    const key = (table: readonly Float64Array[], row: number) =>
      table
        .slice(1, 1 + level)
        .map((column) => column[row])
        .join(" ");
    const strata = new Map<string, number[]>();
    for (const row of left) {
      const stratum = key(pool, row);
      const members = strata.get(stratum);
      if (members === undefined) strata.set(stratum, [row]);
      else members.push(row);
    }
    const unmatched: number[] = [];
    for (const row of open) {
      const found = strata.get(key(given, row))?.pop();
      if (found === undefined) unmatched.push(row);
      else {
        left.delete(found);
        chosen.push(pool[0]?.[found] as number);
      }
    }
    const names = level === 0 ? [] : ["class", ...facts.slice(0, level - 1)];
    if (unmatched.length < open.length) levels.push({ facts: names, n: open.length - unmatched.length });
    open = unmatched;
  }
  if (open.length > 0)
    throw new SslMemError(
      "USAGE",
      `Expected at least ${wanted} images to choose controls from but there are ${chosen.length}.`,
      "--subset all, or a shorter list",
    );
  return { ids: await idsOf(session, chosen), available, matched: levels };
}

/** Table `binned`: the points, whether they are in the pool, and for each fact the quarter of the pool's values. */
async function binned(session: Session, { facts, match }: CurateOptions) {
  const there = facts === null ? [] : await columnNames(facts);
  const used = match.filter((fact) => there.includes(fact));
  const join = facts === null ? "" : `LEFT JOIN read_parquet(${fileList(facts)}) f USING (index)`;
  const bins = used.map(
    (fact) =>
      `, coalesce(list_count(list_filter((SELECT quantile_cont(v.${fact}, [0.25, 0.5, 0.75]) FROM pool JOIN read_parquet(${fileList(facts as string)}) v USING (index)), c -> c < f.${fact})), -1) AS q_${fact}`,
  );
  await session.ask(
    `CREATE TEMP TABLE binned AS SELECT p.index, p.id, p.label, p.index IN (SELECT index FROM pool) AS is_pool ${bins.join(" ")} FROM points p ${join}`,
  );
  return { facts: used, columns: used.map((fact) => `q_${fact}`) };
}
