import { keyOf, randomPermutation } from "../../native/index.js";
import type { Session } from "../../tables/index.js";

/** The numbers below n in a random order. @param stream one for each use */
export const shuffled = (n: number, seed: number, stream: number): Uint32Array =>
  randomPermutation(keyOf("curate", seed, { sample: stream }), new Uint32Array(n));

/** Ids in the order of the indices. */
export async function idsOf(session: Session, indices: readonly number[]): Promise<string[]> {
  if (indices.length === 0) return [];
  const rows = await session.ask(
    `SELECT id FROM points JOIN (SELECT unnest([${indices.join(", ")}]) AS index, unnest(range(${indices.length})) AS place)
     USING (index) ORDER BY place`,
  );
  return rows.map(({ id }) => String(id));
}
