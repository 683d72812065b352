import { readMetadata, type Session } from "../tables/index.js";

/**
 * How far apart rounding alone brings two equal unit vectors that an encoder computes in each precision, with room to spare:
 * its outputs carry errors of some tens of units in the last place (test/nn/golden.test.ts), 128 of float32's 2^-24; bf16 and
 * tf32 round what they multiply to 2^-9 and 2^-11, which outweighs their sums: 8 of these.
 */
const ROUNDING: Record<string, number> = { fp32: 2 ** -17, tf32: 2 ** -8, bf16: 2 ** -6 };

/** How the parts were scored, as far as it bounds a loss. */
interface Scored {
  distance?: string;
  normalize?: boolean;
  precision?: string;
}

/** The largest loss that rounding alone makes. Not unit vectors, of an unknown length: 0, exact equality. */
function largestByRounding({ distance = "l2", normalize = true, precision = "fp32" }: Scored): number {
  const apart = ROUNDING[precision] ?? 0;
  if (distance === "cosine") return apart ** 2 / 2;
  if (distance === "angular") return apart / Math.PI;
  return normalize ? apart : 0; // for l1, too: it is at least l2
}

/**
 * Sentences about encoder pairs whose scores say nothing: an encoder that has collapsed (every view of an image has the same
 * representation, up to rounding, for all scored images), or the same weights as f and g (all losses equal to the last bit).
 * None is an error, since files and figures are what they should be.
 *
 * @param session with the view `scored` of makePoints @param parts the files of it
 */
export async function degenerateWarnings(session: Session, parts: readonly string[]): Promise<string[]> {
  const { configuration } = await readMetadata(parts);
  const bound = largestByRounding(JSON.parse(configuration ?? "{}") as Scored);
  const rows = await session.ask(
    `SELECT pair::DOUBLE AS pair, count(*)::DOUBLE AS n, max(lf) AS f, max(lg) AS g, bool_and(lf = lg) AS same
     FROM scored GROUP BY pair ORDER BY pair`,
    { pair: "number", n: "number", f: "number", g: "number", same: "boolean" },
  );
  return rows.flatMap(({ pair, n, f, g, same }) => {
    const of = rows.length > 1 ? ` of pair ${pair}` : "";
    const images = n === 1 ? "the one image" : `all ${n} images`;
    const collapsed = [...(f <= bound ? ["f"] : []), ...(g <= bound ? ["g"] : [])];
    if (collapsed.length === 2)
      return [
        `f and g${of} tell no two views of an image apart, for ${images}: both have collapsed (all representations equal, or zero), or the views do not differ (--score-policy eval). The scores say nothing.`,
      ];
    if (collapsed.length === 1)
      return [
        `${collapsed[0]}${of} has collapsed: it gives all views of an image the same representation, or zeros, for ${images} (losses of at most ${Number((collapsed[0] === "f" ? f : g).toPrecision(2))}, no more than rounding). The scores say nothing about memorisation.`,
      ];
    if (same)
      return [
        `f and g${of} give the same losses, to the last bit, for ${images}: they are the same weights, and every score is 0.`,
      ];
    return [];
  });
}
