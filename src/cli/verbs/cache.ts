import { SslMemError } from "../../errors.js";
import { bytesForPeople } from "../bytes-for-people.js";
import { shown } from "../reporting.js";
import { type Call, switchFlag, textFlag, type Verb } from "../verb.js";

/** `sslmem cache list|clean`: the decoded images and lists of data sets that are kept between runs. */
export const cache: Verb = {
  positionals: "[list|clean]",
  positionalHelp:
    "list shows what is kept; clean deletes it. No run loses anything: images are decoded again.",
  groups: [],
  usesRun: false,
  flags: {
    "unused-days": {
      describe: "clean: delete decoded images that no run has used for so many days",
      group: "Cache:",
    },
    all: { describe: "clean: delete all of it", group: "Cache:", type: "boolean" },
    force: {
      describe:
        "clean: also decoded images that another machine used within the last day: a command there that has them mapped over a network disk would be killed",
      group: "Cache:",
      type: "boolean",
    },
  },
  examples: [
    ["sslmem cache", "what is kept, how much of it, and of which data"],
    ["sslmem cache clean --unused-days 30", "what was not used for a month"],
    ["sslmem cache clean --all", "everything"],
  ],
  async run(call) {
    const [what = "list", ...more] = call.positional;
    if ((what !== "list" && what !== "clean") || more.length > 0)
      throw new SslMemError(
        "USAGE",
        `Expected list or clean but received "${call.positional.join(" ")}".`,
        "sslmem cache list",
      );
    const isCleaning =
      switchFlag(call, "all") || switchFlag(call, "force") || textFlag(call, "unused-days") !== undefined;
    if (what === "list" && isCleaning)
      throw new SslMemError(
        "USAGE",
        "Expected --all, --unused-days and --force with clean but received list.",
      );
    return what === "list" ? show(call) : clean(call);
  },
};

async function show({ output }: Call): Promise<void> {
  const { cacheContents } = await import("../../cache/clean-cache.js");
  const contents = await cacheContents();
  const { images, listings, bytes } = contents;
  output.result({
    human: () =>
      [
        `${shown(contents.folder)}: ${images.length === 0 ? "no decoded images" : bytesForPeople(images.reduce((sum, one) => sum + one.bytes, 0))}`,
        ...images.map(
          (one) =>
            `  ${bytesForPeople(one.bytes).padStart(8)}  ${String(one.images).padStart(9)} images  used ${day(one.used)}  ${one.data}`,
        ),
        `Lists of data sets: ${listings.files} ${listings.files === 1 ? "file" : "files"}, ${bytesForPeople(listings.bytes)}.`,
        ...(bytes > 0 ? ["sslmem cache clean --unused-days 30, or --all, deletes them."] : []),
      ].join("\n"),
    json: () => ({ schema: "sslmem/cache@1", ...contents }),
    quiet: () => images.map(({ path }) => path).join("\n"),
  });
}

async function clean(call: Call): Promise<void> {
  const text = textFlag(call, "unused-days");
  if (switchFlag(call, "all") === (text !== undefined))
    throw new SslMemError(
      "USAGE",
      `Expected either --unused-days or --all but received ${text === undefined ? "neither" : "both"}.`,
      "sslmem cache clean --unused-days 30",
    );
  const days = text === undefined ? 0 : Number(text);
  if (text !== undefined && !(days > 0 && Number.isFinite(days)))
    throw new SslMemError("USAGE", `Expected a number above 0 for --unused-days but received "${text}".`);
  const { cleanCache } = await import("../../cache/clean-cache.js");
  const { images, held, bytes } = await cleanCache(days, switchFlag(call, "force"));
  const count = (sets: number) => `${sets} ${sets === 1 ? "set" : "sets"} of decoded images`;
  call.output.result({
    human: () =>
      [
        `Deleted ${count(images.length)}; ${bytesForPeople(bytes)} are free again.`,
        ...(held.length === 0
          ? []
          : [
              `Left ${count(held.length)}, which another machine used within the last day; --force deletes them, too.`,
            ]),
      ].join("\n"),
    json: () => ({ schema: "sslmem/cache-clean@1", images, held, bytes }),
    quiet: () => images.map(({ path }) => path).join("\n"),
  });
}

const day = (date: Date) => date.toISOString().slice(0, 10);
