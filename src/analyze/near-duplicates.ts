import { estimateFromTest } from "../statistics/estimate.js";
import { tTest } from "../statistics/ttest.js";
import { fileList, type Session } from "../tables/index.js";
import type { Duplicates, Estimate } from "./types.js";

const LISTED = 50;

/**
 * Near-duplicates within and between subsets, and what the headline's figure would be without the images of pairs between
 * subsets: an encoder that trained on an image's likeness is no clean reference for it.
 *
 * @param path duplicates.parquet: first, second (indices), distance (bits of 64), similarity (correlation)
 */
export async function duplicatesOf(session: Session, path: string): Promise<Duplicates> {
  await session.ask(
    `CREATE OR REPLACE TEMP TABLE alike AS SELECT a.index AS ia, b.index AS ib, a.id AS ida, b.id AS idb, a.subset AS sa, b.subset AS sb,
       d.distance, d.similarity FROM read_parquet(${fileList(path)}) d JOIN points a ON a.index = d.first JOIN points b ON b.index = d.second`,
  );
  const { pairs, between } = await session.askOne(
    "SELECT count(*)::DOUBLE AS pairs, (count(*) FILTER (sa <> sb))::DOUBLE AS between FROM alike",
    { pairs: "number", between: "number" },
  );
  const by_subsets = await session.ask(
    `SELECT least(sa, sb) AS first, greatest(sa, sb) AS second, count(*)::DOUBLE AS pairs FROM alike WHERE sa <> sb
     GROUP BY first, second ORDER BY pairs DESC, first, second`,
    { first: "string", second: "string", pairs: "number" },
  );
  const rows = await session.ask(
    `SELECT ia::DOUBLE AS ia, ib::DOUBLE AS ib, ida, idb, sa, sb, distance::DOUBLE AS distance, similarity::DOUBLE AS similarity FROM alike
     WHERE sa <> sb ORDER BY similarity DESC, distance, ia, ib LIMIT ${LISTED}`,
    ALIKE,
  );
  const listed = rows.map(({ ia, ida, sa, ib, idb, sb, distance, similarity }) => ({
    first: { index: ia, id: ida, subset: sa },
    second: { index: ib, id: idb, subset: sb },
    distance,
    similarity,
  }));
  await session.ask(
    `CREATE OR REPLACE TEMP TABLE tainted AS SELECT ia AS index FROM alike WHERE sa <> sb UNION SELECT ib FROM alike WHERE sa <> sb`,
  );
  const { affected } = await session.askOne(
    "SELECT count(*)::DOUBLE AS affected FROM points JOIN tainted USING (index) WHERE subset = 'candidate'",
    { affected: "number" },
  );
  return {
    pairs,
    between_subsets: between,
    by_subsets,
    listed,
    candidates_affected: affected,
    relative_without: await relativeWithout(session),
  };
}

const ALIKE = {
  ia: "number",
  ida: "string",
  sa: "string",
  ib: "number",
  idb: "string",
  sb: "string",
  distance: "number",
  similarity: "number",
} as const;

/** Candidates minus external images, Welch's interval, over the images that have no likeness in another subset. */
async function relativeWithout(session: Session): Promise<Estimate> {
  const found = await session.ask(
    `SELECT subset, count(*)::DOUBLE AS n, avg(sslmem) AS mean, coalesce(stddev_samp(sslmem), 'nan'::DOUBLE) AS sd FROM points
     ANTI JOIN tainted USING (index) WHERE subset IN ('candidate', 'external') GROUP BY subset`,
    { subset: "string", n: "number", mean: "number", sd: "number" },
  );
  const of = (name: string) =>
    found.find(({ subset }) => subset === name) ?? { n: 0, mean: Number.NaN, sd: Number.NaN };
  return estimateFromTest(tTest("welch", "candidate", "external", of("candidate"), of("external")));
}
