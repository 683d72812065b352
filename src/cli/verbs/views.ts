import { resolve } from "node:path";
import type { SettingKey } from "../../config/all-settings.js";
import { SslMemError } from "../../errors.js";
import { METHODS } from "../../methods/registry.js";
import { ARCHITECTURES } from "../../nn/registry.js";
import { settingsOf } from "../../settings/registry.js";
import { kebab } from "../../settings/setting.js";
import { ENCODER_FLAGS, encoderFlags } from "../encoder-flags.js";
import { reporterOf, shown } from "../reporting.js";
import { DATA_SETTINGS, settleAlone } from "../settle.js";
import { type Call, textFlag, type Verb } from "../verb.js";
import { checkWritableFolder } from "../writable.js";

const PURPOSES = ["score", "train"] as const;
/** What says which views a training takes of an image, and of which images. */
const OF_TRAINING = ["method", "recipe", "arch", "alignmentWeight"] as const satisfies readonly SettingKey[];
/** Those that methods and architectures declare: with stochastic depth, say, an image gets numbers of the encoder's, too. */
const DECLARED = [
  ...new Set([...Object.keys(settingsOf(METHODS)), ...Object.keys(settingsOf(ARCHITECTURES))]),
] as SettingKey[];
const OF_RUN = ["run", "encoder", "pair", "steps"] as const;

/** `sslmem views`: the augmented views of images, and the operations that made them. */
export const views: Verb = {
  positionals: "[data]",
  positionalHelp: "Data as for `sslmem audit`; left out with --run: the run's own.",
  groups: [],
  settings: [...DATA_SETTINGS, "policy", "imageSize", "views", "seed", ...OF_TRAINING, ...DECLARED],
  usesRun: false,
  flags: {
    out: { describe: "Folder to write views.jsonl and the pictures or arrays to", group: "Output:" },
    format: {
      describe: "png: a picture for each view; npy: float32 arrays, as the encoder is fed",
      group: "Output:",
      defaultDescription: "png",
    },
    purpose: {
      describe:
        "score: the views of scoring; train: those that the training by --method takes, of all its groups, with the numbers that an image gets (--views or --group: so many of one group of the policy)",
      group: "Model:",
      defaultDescription: "score",
    },
    run: {
      describe: "Of the training of this run: the images of its steps in their order",
      group: "Model:",
    },
    ...ENCODER_FLAGS,
    steps: {
      describe: "Which steps of the run, counted from 1 as in metrics.jsonl: 1, or 1-4",
      group: "Model:",
      defaultDescription: "those of --epoch",
    },
    epoch: { describe: "Epoch of the training views, from 0", group: "Model:", defaultDescription: "0" },
    group: {
      describe: "View group of a multi-crop policy, from 0",
      group: "Model:",
      defaultDescription: "0",
    },
  },
  examples: [
    ["sslmem views ./images --policy simclr --views 4 --out views", "what scoring with seed 0 saw"],
    [
      "sslmem views --purpose train --run runs/mine --steps 1 --format npy --out views",
      "what f's first step takes",
    ],
    [
      "sslmem views ./images --purpose train --method byol --format npy --out views",
      "what BYOL takes of each image",
    ],
  ],
  async run(call) {
    const run = textFlag(call, "run");
    const out = textFlag(call, "out");
    const format = textFlag(call, "format") ?? "png";
    const asked = textFlag(call, "purpose") ?? "score";
    const purpose = PURPOSES.find((one) => one === asked);
    if (out === undefined)
      throw new SslMemError(
        "USAGE",
        "Expected --out with the folder to write but received none.",
        "--out views",
      );
    if (format !== "png" && format !== "npy")
      throw new SslMemError("USAGE", `Expected png or npy for --format but received "${format}".`);
    if (purpose === undefined)
      throw new SslMemError("USAGE", `Expected score or train for --purpose but received "${asked}".`);
    const ofPolicy = ["views", "group"].find(
      (name) => name in call.own || call.flags.has(name as SettingKey),
    );
    const isOfMethod = purpose === "train" && ofPolicy === undefined;
    if (!isOfMethod) checkNoTraining(call, ofPolicy);
    else if (run === undefined) checkNoRun(call);
    const resolved = await settleAlone(call, run === undefined ? null : resolve(run));
    const { settings } = resolved;
    const [epoch, group] = [whole(call, "epoch"), whole(call, "group")];
    const of = run === undefined ? null : { root: resolve(run), ...stepsOf(call, settings.pairs) };
    await checkWritableFolder(out);
    const told = { reporter: reporterOf(call), signal: call.signal };
    const written = isOfMethod
      ? await (await import("../../steps/training-views.js")).writeTrainingViews({
          resolved,
          of,
          epoch,
          format,
          out,
          ...told,
        })
      : await (await import("../../steps/views.js")).writeViews({
          settings,
          purpose,
          epoch,
          group,
          format,
          out,
          ...told,
        });
    const { images, shape, skipped } = written;
    call.output.result({
      human: () => `${shown(out)}: ${written.views} views of ${images} images.`,
      json: () => ({
        schema: "sslmem/views-result@1",
        directory: out,
        images,
        views: written.views / images,
        shape,
        ...("shapes" in written && { shapes: written.shapes }),
        skipped,
      }),
      quiet: () => out,
    });
  },
};

/** Flags that only mean something where the method says which views there are. Throws SslMemError USAGE. */
function checkNoTraining(call: Call, ofPolicy: string | undefined): void {
  const given =
    OF_RUN.find((name) => name in call.own) ??
    [...OF_TRAINING, ...DECLARED].find((key) => call.flags.has(key));
  if (given === undefined) return;
  throw new SslMemError(
    "USAGE",
    ofPolicy === undefined
      ? `Expected --purpose train with --${kebab(given)}, since scoring takes its views from the policy alone.`
      : `Expected either --${kebab(given)} or --${ofPolicy}, since the method says how many views of which groups a training takes, but received both.`,
    ofPolicy === undefined ? "--purpose train" : `no --${ofPolicy}`,
  );
}

/** Throws SslMemError USAGE for flags that choose among the steps of a run where there is none. */
function checkNoRun(call: Call): void {
  const given = OF_RUN.find((name) => name in call.own);
  if (given === undefined) return;
  throw new SslMemError(
    "USAGE",
    `Expected --run with --${given}, since only a run says which images a step takes, but received none.`,
    `--run runs/mine --${given} ${textFlag(call, given)}`,
  );
}

function stepsOf(call: Call, pairs: number) {
  if (call.positional.length > 0 || call.flags.has("data"))
    throw new SslMemError(
      "USAGE",
      "Expected either data or --run, whose images are its own, but received both.",
      "--run alone",
    );
  const text = textFlag(call, "steps");
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text ?? "") ?? [];
  if (text !== undefined && first === undefined)
    throw new SslMemError(
      "USAGE",
      `Expected a step or a range of steps for --steps but received "${text}".`,
      "--steps 1-4",
    );
  if (text !== undefined && "epoch" in call.own)
    throw new SslMemError("USAGE", "Expected either --steps or --epoch but received both.");
  const steps = text === undefined ? null : ([Number(first), Number(last)] as const);
  return { ...encoderFlags(call, pairs), steps };
}

function whole(call: Call, name: string): number {
  const text = textFlag(call, name) ?? "0";
  if (/^\d+$/.test(text)) return Number(text);
  throw new SslMemError("USAGE", `Expected a whole number for --${name} but received "${text}".`);
}
