import { basename, join, resolve } from "node:path";
import type { Settings } from "../../config/all-settings.js";
import type { ImageStore } from "../../data/index.js";
import { SslMemError } from "../../errors.js";
import type { ProbeMethod } from "../../evaluate/index.js";
import { PROBE_METHODS } from "../../evaluate/probe-schema.js";
import { checkForeign } from "../check-weights.js";
import { checkRunFlags } from "../encoder-flags.js";
import { assumedImageSize } from "../image-size.js";
import { reporterOf, shown } from "../reporting.js";
import { DATA_SETTINGS, settleAlone } from "../settle.js";
import { type Call, textFlag, type Verb } from "../verb.js";
import { checkWritableFile } from "../writable.js";

/** `sslmem probe`: how well classes can be read from an encoder's representations. */
export const probe: Verb = {
  positionals: "[data]",
  positionalHelp: "Data as for `sslmem audit`, with labels; left out with --run: the run's own.",
  groups: ["Machine"],
  settings: [...DATA_SETTINGS, "arch", "imageSize", "layer", "pooling", "network"],
  usesRun: false,
  flags: {
    run: { describe: "Probe f and g of every pair of this run", group: "Model:" },
    weights: { describe: "Probe these weights (safetensors) instead", group: "Model:" },
    methods: {
      describe: "Probes: sgd (linear), lbfgs (linear), knn",
      group: "Probe:",
      defaultDescription: "sgd,lbfgs,knn",
    },
    seeds: {
      describe: "Repetitions; a seed draws training images, their order and those that choose C",
      group: "Probe:",
      defaultDescription: "3",
    },
    "train-limit": { describe: "Training images for each seed", group: "Probe:", defaultDescription: "all" },
    "test-limit": { describe: "Test images", group: "Probe:", defaultDescription: "all" },
    c: {
      describe: "Inverse strength of the penalty of lbfgs (scikit-learn's C)",
      group: "Probe:",
      defaultDescription: "chosen on a fifth of the training images",
    },
    neighbours: {
      describe: "Neighbours of knn",
      group: "Probe:",
      defaultDescription: "200, or a tenth of the training images",
    },
    out: { describe: "Also write the report there (JSON)", group: "Output:" },
  },
  examples: [
    ["sslmem probe --run runs/mine", "f and g on the run's own data"],
    ["sslmem probe ./other-images --run runs/mine", "on another data set"],
    ["sslmem probe ./images --weights resnet18.safetensors --arch resnet18 --image-size 224", ""],
  ],
  async run(call) {
    const [run, weights] = [textFlag(call, "run"), textFlag(call, "weights")];
    if ((run === undefined) === (weights === undefined))
      throw new SslMemError(
        "USAGE",
        `Expected either --run or --weights but received ${run === undefined ? "neither" : "both"}.`,
      );
    const options = probeOptions(call);
    checkRunFlags(call, weights);
    const root = run === undefined ? null : resolve(run);
    const out = textFlag(call, "out");
    if (out !== undefined) await checkWritableFile(out);
    const resolved = await settleAlone(call, root);
    const { settings } = resolved;
    const { openEngine } = await import("../../engine/index.js");
    const { formatProbe, probeEncoders, probeSchema } = await import("../../evaluate/index.js");
    const { getArchitecture, probedBy } = await import("../../nn/index.js");
    const { encodersOfRun } = await import("../../run/encoders.js");
    const { writeJson } = await import("../../files/index.js");
    const encoders =
      root === null
        ? [{ encoder: "weights" as const, pair: 0, weights: resolve(weights as string) }]
        : await encodersOfRun(root, settings.pairs, settings.network);
    const { describeChoice, engineRequest } = await import("../../steps/step-context.js");
    if (root === null) await checkForeign(call, settings, [resolve(weights as string)]);
    // Linear probes are fitted in float32, whatever the encoder was trained in.
    const session = await openEngine({ ...engineRequest(settings), precision: "fp32" });
    call.output.note(describeChoice(session));
    const assumed = root === null ? assumedImageSize(resolved) : null;
    if (assumed !== null) call.output.note(assumed);
    const store = await storeOf(call, settings, root);
    try {
      call.progress.start("embedding");
      const data = basename(settings.data as string);
      const model = {
        network: root === null ? null : settings.network,
        architecture: getArchitecture(settings.arch, settings),
        layer: settings.layer,
        pooling: probedBy(settings.pooling),
        imageSize: settings.imageSize,
        engine: session.describe(),
      };
      const report = await probeEncoders({
        ...options,
        ...model,
        store,
        data,
        encoders,
        signal: call.signal,
        onProgress: (done, total) => call.progress.update({ done, total }),
        onNote: (line) => call.output.note(line),
      });
      call.progress.finish();
      if (out !== undefined) await writeJson(out, probeSchema.parse(report));
      call.output.result({
        human: () => `${formatProbe(report)}${out === undefined ? "" : `\n\n${shown(resolve(out))}`}`,
        json: () => report,
        quiet: () => String(report.encoders[0]?.results[0]?.mean),
      });
    } finally {
      await store.close();
    }
  },
};

/** The run's own images by its list; others are listed. */
async function storeOf(call: Call, settings: Settings, root: string | null): Promise<ImageStore> {
  const { readAllImages, readRunsImages } = await import("../../steps/open-data.js");
  const { readRecord } = await import("../../run/record.js");
  const recorded =
    root === null ? undefined : (await readRecord(join(root, "config.json")))?.settings.get("data")?.value;
  return root !== null && recorded === settings.data
    ? readRunsImages(root, settings, reporterOf(call), call.signal)
    : readAllImages(settings, reporterOf(call), call.signal);
}

function probeOptions(call: Call) {
  const methods = (textFlag(call, "methods") ?? PROBE_METHODS.join()).split(",") as ProbeMethod[];
  const wrong = methods.find((method, i) => !PROBE_METHODS.includes(method) || methods.indexOf(method) !== i);
  if (wrong !== undefined)
    throw new SslMemError(
      "USAGE",
      `Expected some of ${PROBE_METHODS.join(", ")} for --methods but received "${wrong}".`,
      "--methods lbfgs,knn",
    );
  const c = textFlag(call, "c");
  if (c !== undefined && !(Number(c) > 0 && Number.isFinite(Number(c))))
    throw new SslMemError("USAGE", `Expected a number above 0 for --c but received "${c}".`);
  return {
    methods,
    seeds: count(call, "seeds") ?? 3,
    trainLimit: count(call, "train-limit"),
    testLimit: count(call, "test-limit"),
    c: c === undefined ? null : Number(c),
    neighbours: count(call, "neighbours"),
  };
}

/** A flag that is a whole number of at least 1, or null when it was not given. */
function count(call: Call, name: string): number | null {
  const text = textFlag(call, name);
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new SslMemError("USAGE", `Expected an integer of at least 1 for --${name} but received "${text}".`);
}
