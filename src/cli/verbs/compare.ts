import { formatComparison } from "../../analyze/compare-format.js";
import { SUBSETS } from "../../data/subset-names.js";
import { SslMemError } from "../../errors.js";
import { shown } from "../reporting.js";
import { type Call, textFlag, type Verb } from "../verb.js";
import { checkWritableFile } from "../writable.js";

const CHOICES = [...SUBSETS, "all"] as const;

/** `sslmem compare A B [C…]`: how far rankings of the same images agree. */
export const compare: Verb = {
  positionals: "<a> [b…]",
  positionalHelp:
    "Runs, folders of score parts, or Parquet files with id and a score, of other seeds, methods, architectures, distances, or from earlier. One run with several pairs: its pairs are compared.",
  groups: [],
  usesRun: false,
  flags: {
    score: { describe: "Column that ranks the images", group: "Compare:", defaultDescription: "sslmem" },
    subset: {
      describe: `Which images: ${CHOICES.join(", ")}`,
      group: "Compare:",
      defaultDescription: "candidate",
    },
    top: {
      describe: "Lengths of the top lists, numbers or per cent",
      group: "Compare:",
      defaultDescription: "10,50,100,500,1000,1%,5%,10%, as far as there are points",
    },
    layer: {
      describe:
        "Rank by the score at layers (sslmem localize): names, or all. One run: its layers with each other; several: the same layer of every two",
      group: "Compare:",
      defaultDescription: "the representation that was scored",
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
    ["sslmem compare runs/a --layer all", "do the layers of one network?"],
    ["sslmem compare runs/a runs/b --top 1%,5% --format json", "with the points of a scatter plot"],
  ],
  async run(call) {
    const subset = textFlag(call, "subset") ?? "candidate";
    if (!CHOICES.some((choice) => choice === subset))
      throw new SslMemError(
        "USAGE",
        `Expected one of ${CHOICES.join(", ")} for --subset but received "${subset}".`,
      );
    const { compareRankings, PERSISTENCE } = await import("../../analyze/compare-rankings.js");
    const persistence = Number(textFlag(call, "rbo-p") ?? PERSISTENCE);
    if (!(persistence > 0 && persistence < 1))
      throw new SslMemError(
        "USAGE",
        `Expected a number in (0, 1) for --rbo-p but received "${textFlag(call, "rbo-p")}".`,
      );
    const top = textFlag(call, "top");
    const plot = textFlag(call, "plot");
    if (plot !== undefined) await checkWritableFile(plot);
    const { rankingsAt } = await import("../../run/rankings.js");
    const report = await compareRankings({
      ...(await rankingsAt(call.positional, layersOf(call))),
      score: textFlag(call, "score") ?? "sslmem",
      subset,
      persistence,
      top: top === undefined ? null : parseTop(top),
    });
    if (plot !== undefined) {
      const { writeScatter } = await import("../../report/plots/compare-scatter.js");
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

/** Names of layers, "all", or null without --layer. */
function layersOf(call: Call): string[] | "all" | null {
  const text = textFlag(call, "layer");
  if (text === undefined || text === "all") return text ?? null;
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name, i) => name !== "" && names.indexOf(name) === i)) return names;
  throw new SslMemError(
    "USAGE",
    `Expected names of layers, each once, for --layer but received "${text}".`,
    "--layer all",
  );
}

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
