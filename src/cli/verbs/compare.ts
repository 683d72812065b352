import type { RankingInput } from "../../analyze/compare.js";
import { formatComparison } from "../../analyze/compare-format.js";
import { SslMemError } from "../../errors.js";
import { shown } from "../report.js";
import { type Call, textFlag, type Verb } from "../verb.js";

const TOP = "10,50,100,500,1000,1%,5%,10%";
const SUBSETS = ["shared", "candidate", "independent", "external", "all"];

/** `sslmem compare A B [C…]`: how far rankings of the same images agree. */
export const compare: Verb = {
  positionals: "<a> [b…]",
  positionalHelp:
    "Runs, folders of score parts, or Parquet files with id and a score. One run with several pairs: its pairs are compared.",
  groups: [],
  usesRun: false,
  flags: {
    score: { describe: "Column that ranks the images", group: "Compare:", defaultDescription: "sslmem" },
    subset: {
      describe: `Which images: ${SUBSETS.join(", ")}`,
      group: "Compare:",
      defaultDescription: "candidate",
    },
    top: {
      describe: "Lengths of the top lists, numbers or per cent",
      group: "Compare:",
      defaultDescription: TOP,
    },
    plot: { describe: "SVG file to write the scatter of the first two rankings to", group: "Output:" },
    "rbo-p": {
      describe: "Persistence of the rank-biased overlap: it looks about 1 / (1 − p) ranks deep",
      group: "Compare:",
      defaultDescription: "0.98",
    },
  },
  examples: [
    ["sslmem compare runs/seed0 runs/seed1", "do two seeds find the same images?"],
    ["sslmem compare runs/three-pairs", "the pairs of one run with each other"],
    ["sslmem compare runs/a runs/b --top 1%,5% --format json", "with the points of a scatter plot"],
  ],
  async run(call) {
    const subset = textFlag(call, "subset") ?? "candidate";
    if (!SUBSETS.includes(subset))
      throw new SslMemError(
        "USAGE",
        `Expected one of ${SUBSETS.join(", ")} for --subset but received "${subset}".`,
      );
    const persistence = Number(textFlag(call, "rbo-p") ?? 0.98);
    if (!(persistence > 0 && persistence < 1))
      throw new SslMemError(
        "USAGE",
        `Expected a number in (0, 1) for --rbo-p but received "${textFlag(call, "rbo-p")}".`,
      );
    const { compareRankings } = await import("../../analyze/compare.js");
    const report = await compareRankings({
      inputs: await inputsOf(call),
      score: textFlag(call, "score") ?? "sslmem",
      ...{ subset, persistence, top: parseTop(textFlag(call, "top") ?? TOP) },
    });
    const plot = textFlag(call, "plot");
    if (plot !== undefined) {
      const { writeScatter } = await import("../../report/plots/compare.js");
      await writeScatter(plot, report);
      call.output.note(`${shown(plot)}: scatter of the first two rankings.`);
    }
    call.output.result({
      human: () => formatComparison(report),
      json: () => report,
      quiet: () => report.pairs.map(({ kendall }) => String(kendall.tau_b)).join("\n"),
    });
  },
};

async function inputsOf(call: Call): Promise<RankingInput[]> {
  const { findScores } = await import("../../run/score-files.js");
  const found = await Promise.all(call.positional.map(findScores));
  if (found.length >= 2) {
    const isUnique = new Set(found.map(({ name }) => name)).size === found.length;
    return found.map(({ name, parts }, i) => ({
      name: isUnique ? name : (call.positional[i] as string),
      ...{ parts, pair: null },
    }));
  }
  const [only] = found;
  if (only === undefined) throw tooFew("none");
  const { fileList, query } = await import("../../tables/index.js");
  const pairs = await query(`SELECT DISTINCT pair FROM read_parquet(${fileList(only.parts)}) ORDER BY pair`);
  if (pairs.length < 2) throw tooFew(`one, ${only.name}, of a single pair`);
  return pairs.map(({ pair }) => ({
    name: `${only.name} pair ${pair}`,
    parts: only.parts,
    pair: Number(pair),
  }));
}

const tooFew = (received: string): SslMemError =>
  new SslMemError(
    "USAGE",
    `Expected two or more runs, or one with several pairs, but received ${received}.`,
    "sslmem compare runs/a runs/b",
  );

function parseTop(text: string): number[] {
  return text.split(",").map((word) => {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(word.trim()) ?? [];
    const value = Number(digits);
    const isRight = percent === "%" ? value > 0 && value < 100 : Number.isInteger(value) && value > 0;
    if (digits !== undefined && isRight) return percent === "%" ? value / 100 : value;
    throw new SslMemError(
      "USAGE",
      `Expected numbers or per cent for --top but received "${word}".`,
      "--top 100,5%",
    );
  });
}
