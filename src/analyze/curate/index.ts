import { type Session, withSession } from "../../tables/index.js";
import { checkGiven } from "../../text/given.js";
import { makePoints } from "../points.js";
import { matched } from "./matched.js";
import { type Curated, type CurateOptions, countOf } from "./options.js";
import { idsOf, shuffled } from "./shuffled.js";
import { joinOf, sliceOf, subsetOf } from "./slice.js";

export { type Curated, type CurateOptions, PICKS, type Pick } from "./options.js";

/**
 * A list of images: the most or least memorised (ties by index), a random one, or random controls matched to a list, each
 * drawn from the images of the same class and the same quarters of the facts as one of the list, none of them in it. Where
 * such images run out, the last fact is no longer asked for, and so on. Seeded.
 *
 * @throws SslMemError USAGE when the slice is unknown, or more is asked for than there is
 */
export async function curate(options: CurateOptions): Promise<Curated> {
  checkGiven("curate", options, ["parts", "slices", "pick", "subset", "match", "seed"]);
  return withSession({ memory: "2GB" }, async (session) => {
    await makePoints(session, options.parts);
    await session.ask(
      `CREATE TEMP TABLE pool AS SELECT p.* FROM points p ${await joinOf(options)} WHERE ${subsetOf(options)} AND ${sliceOf(options)}`,
    );
    const { n } = (await session.askOne("SELECT count(*)::DOUBLE AS n FROM pool")) as { n: number };
    const count = countOf(options, n);
    if (options.pick === "matched-random") {
      const like = options.like ?? (await ordered(session, "sslmem DESC, index", count));
      return matched(session, { ...options, like }, n);
    }
    const order = { most: "sslmem DESC, index", least: "sslmem, index", all: "index", random: "index" }[
      options.pick
    ];
    if (options.pick !== "random") {
      return { ids: await ordered(session, order, count), available: n, matched: null };
    }
    const [index] = (await session.columns("SELECT index FROM pool ORDER BY index")) as [Float64Array];
    const chosen = shuffled(n, options.seed, 0).subarray(0, count);
    return {
      ids: await idsOf(
        session,
        Array.from(chosen, (i) => index[i] as number),
      ),
      available: n,
      matched: null,
    };
  });
}

async function ordered(session: Session, order: string, count: number): Promise<string[]> {
  const rows = await session.ask(`SELECT id FROM pool ORDER BY ${order} LIMIT ${count}`);
  return rows.map(({ id }) => String(id));
}
