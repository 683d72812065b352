import { PICKS } from "../../analyze/curate/options.js";
import { FACT_NAMES, type FactName } from "../../analyze/fact-names.js";
import type { Analysis } from "../../analyze/index.js";
import { SUBSETS } from "../../data/subset-names.js";
import { SslMemError } from "../../errors.js";
import { shown } from "../reporting.js";
import { type Call, textFlag, type Verb } from "../verb.js";
import { checkWritableFile } from "../writable.js";

const CHOICES = [...SUBSETS, "all"] as const;
const MATCH = "brightness,contrast,edge_density";

/** `sslmem curate RUN`: lists of image ids, for removal and for controls. */
export const curate: Verb = {
  positionals: "<run>",
  positionalHelp:
    "A run, a folder of score parts, or a Parquet file. What it writes, train and audit take as --exclude.",
  groups: [],
  usesRun: false,
  flags: {
    pick: { describe: `Which images: ${PICKS.join(", ")}`, group: "List:", defaultDescription: "most" },
    count: { describe: "How many: a number, or a share below 1", group: "List:", defaultDescription: "all" },
    subset: {
      describe: `Out of which: ${CHOICES.join(", ")}`,
      group: "List:",
      defaultDescription: "candidate",
    },
    slice: { describe: "Only of a slice: class=dog, brightness=q4, brightness=0.2..0.4", group: "List:" },
    like: {
      describe:
        "With --pick matched-random: the list whose controls are wanted; without it, the --count most memorised",
      group: "List:",
    },
    match: {
      describe: `Facts that controls have in common with the list, beside the class: ${FACT_NAMES.join(", ")}`,
      group: "List:",
      defaultDescription: MATCH,
    },
    seed: { describe: "Seed of random lists", group: "List:", defaultDescription: "0" },
    out: {
      describe: "File to write, one id a line; without it, or with -, the ids go to stdout",
      group: "Output:",
    },
  },
  examples: [
    ["sslmem curate runs/mine --pick most --count 100 --out most.txt", "the 100 most memorised candidates"],
    [
      "sslmem curate runs/mine --pick matched-random --like most.txt --out control.txt",
      "others of the same classes and looks",
    ],
    ["sslmem train ./images --run runs/without --exclude most.txt", "train without them"],
  ],
  async run(call) {
    const [path, ...more] = call.positional;
    if (path === undefined || more.length > 0)
      throw new SslMemError(
        "USAGE",
        `Expected one run but received ${call.positional.length}.`,
        "sslmem curate runs/mine",
      );
    const [pick, subset] = [oneOf(call, "pick", PICKS, "most"), oneOf(call, "subset", CHOICES, "candidate")];
    for (const flag of ["like", "match"])
      if (pick !== "matched-random" && textFlag(call, flag) !== undefined)
        throw new SslMemError(
          "USAGE",
          `Expected --pick matched-random with --${flag} but received --pick ${pick}.`,
        );
    const [like, slice] = [textFlag(call, "like"), textFlag(call, "slice") ?? null];
    const out = textFlag(call, "out") === "-" ? undefined : textFlag(call, "out");
    if (out !== undefined) await checkWritableFile(out);
    const { curate: choose } = await import("../../analyze/curate/index.js");
    const { checkOneLine, readIdList, writeIdList } = await import("../../data/id-list.js");
    const { findScores } = await import("../../run/score-files.js");
    const { manifestFacts } = await import("../../run/manifest-facts.js");
    const files = await findScores(path);
    const { facts = null, labelNames = null } = await manifestFacts(files);
    const [count, seed] = [number(call, "count"), number(call, "seed") ?? 0];
    const { ids, available, matched } = await choose({
      parts: files.parts,
      facts,
      labelNames,
      pick,
      count,
      subset,
      slice,
      seed,
      slices: await slicesOf(files.root),
      like: like === undefined ? null : await readIdList(like),
      match: factsOf(textFlag(call, "match") ?? MATCH),
    });
    const made = { from: files.name, pick, subset, slice, count: ids.length, seed, ...(like && { like }) };
    if (out !== undefined) await writeIdList(out, ids, made);
    else if (call.output.format !== "json") checkOneLine(ids);
    for (const { facts: names, n } of matched ?? [])
      call.output.note(`${n} matched by ${names.length === 0 ? "nothing" : names.join(", ")}.`);
    call.output.result({
      isList: out === undefined,
      human: () =>
        out === undefined ? ids.join("\n") : `${shown(out)}: ${ids.length} of ${available} images.`,
      json: () => ({ schema: "sslmem/curate-result@1", ...made, available, matched, file: out ?? null, ids }),
      quiet: () => out ?? ids.join("\n"),
    });
  },
};

function oneOf<T extends string>(call: Call, flag: string, words: readonly T[], otherwise: T): T {
  const text = textFlag(call, flag) ?? otherwise;
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new SslMemError("USAGE", `Expected one of ${words.join(", ")} for --${flag} but received "${text}".`);
}

function number(call: Call, flag: "count" | "seed"): number | null {
  const text = textFlag(call, flag);
  if (text === undefined) return null;
  const value = Number(text);
  const isShare = flag === "count" && value > 0 && value < 1;
  if (/^\d*\.?\d+$/.test(text) && (isShare || Number.isSafeInteger(value))) return value;
  const expected = flag === "count" ? "a whole number or a share below 1" : "a whole number";
  throw new SslMemError("USAGE", `Expected ${expected} for --${flag} but received "${text}".`);
}

function factsOf(text: string): FactName[] {
  return text.split(",").map((word) => {
    const found = FACT_NAMES.find((name) => name === word.trim());
    if (found !== undefined) return found;
    throw new SslMemError(
      "USAGE",
      `Expected facts out of ${FACT_NAMES.join(", ")} for --match but received "${word}".`,
    );
  });
}

async function slicesOf(root: string | null): Promise<NonNullable<Analysis["slices"]>["slices"]> {
  if (root === null) return [];
  const { runPaths } = await import("../../run/paths.js");
  const { readJson } = await import("../../run/json.js");
  const analysis = (await readJson(runPaths(root).analysis, "sslmem/analysis@1")) as Partial<Analysis> | null;
  return analysis?.slices?.slices ?? [];
}
