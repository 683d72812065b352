import { SslMemError } from "../errors.js";
import { leftOutUnits } from "../native/alignment.js";
import { fileList, readMetadata, type Session } from "../tables/index.js";

/** How the parts were scored, from their metadata; null where it does not say. */
export interface ScoredWith {
  k: number | null;
  scheme: string | null;
  distance: string | null;
}

/**
 * Makes the tables that every figure is computed from, in the database: view `scored` (the rows of the parts) and table
 * `points` (one row a point: scores averaged over the pairs, `pair_sd` their spread, `se` the views' error of the average).
 *
 * @throws SslMemError DATA when there are no rows, or a pair has not scored the same images as the others
 */
export async function makePoints(session: Session, parts: readonly string[]): Promise<number> {
  if (parts.length === 0)
    throw new SslMemError("DATA", "Expected score parts but received none.", "sslmem score");
  await session.ask(`CREATE TEMP VIEW scored AS SELECT * FROM read_parquet(${fileList(parts)})`);
  await session.ask(
    `CREATE TEMP TABLE points AS SELECT index, any_value(id) AS id, coalesce(any_value(subset), 'candidate') AS subset,
       any_value(label) AS label, count(*)::INT AS pairs, avg(sslmem) AS sslmem, avg(memorization) AS memorization,
       avg(lf) AS lf, avg(lg) AS lg, stddev_samp(sslmem) AS pair_sd, sqrt(sum(se * se)) / count(se) AS se
     FROM scored GROUP BY index ORDER BY index`,
  );
  const { most, least } = await session.askOne("SELECT max(pairs) AS most, min(pairs) AS least FROM points", {
    most: "number?",
    least: "number?",
  });
  if (most === null) throw new SslMemError("DATA", "Expected scored images but the parts hold none.");
  if (least !== most) {
    throw new SslMemError(
      "DATA",
      `Expected every image under all ${most} pairs but some have only ${least}.`,
      "Run `sslmem score` again; it does the parts that are missing.",
    );
  }
  return most;
}

/** What the first part says about how it was made. */
export async function scoredWith(parts: readonly string[]): Promise<ScoredWith> {
  const { configuration } = await readMetadata(parts);
  const said = JSON.parse(configuration ?? "{}") as { views?: number; scheme?: string; distance?: string };
  return { k: said.views ?? null, scheme: said.scheme ?? null, distance: said.distance ?? null };
}

/**
 * Degrees of freedom of a point's error: the values that its jackknife left out in turn, less one. Infinite (the normal
 * distribution) where the number of views is not known.
 */
export function degreesOfFreedom({ k, scheme }: ScoredWith): number {
  if (k === null) return Number.POSITIVE_INFINITY;
  return Math.max(1, leftOutUnits(scheme, k) - 1);
}
