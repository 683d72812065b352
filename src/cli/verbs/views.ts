import { join } from "node:path";
import type { Op } from "../../augment/index.js";
import { SslMemError } from "../../errors.js";
import { writeWhole } from "../../files/index.js";
import type { DescribedBatch } from "../../views/index.js";
import { NpyWriter } from "../npy.js";
import { reporterOf, shown } from "../report.js";
import { settleAlone } from "../settle.js";
import { type Call, textFlag, type Verb } from "../verb.js";
import { checkWritableFolder } from "../writable.js";

const STREAMS = { score: "scoreViews", train: "trainViews" } as const;
const MOST_IMAGES_AT_ONCE = 64;

/** `sslmem views`: the augmented views of images, and the operations that made them. */
export const views: Verb = {
  positionals: "<data>",
  positionalHelp: "Data as for `sslmem audit`.",
  groups: [],
  settings: [
    "data",
    "sourceKind",
    "sampleImage",
    "orientation",
    "cacheSide",
    "strict",
    "policy",
    "imageSize",
    "views",
    "seed",
  ],
  usesRun: false,
  flags: {
    out: { describe: "Folder to write views.jsonl and the pictures to", group: "Output:" },
    format: {
      describe: "png: a picture for each view; npy: one float32 array, as the encoder is fed",
      group: "Output:",
      defaultDescription: "png",
    },
    purpose: {
      describe: "The views of scoring or of training",
      group: "Model:",
      defaultDescription: "score",
    },
    epoch: { describe: "Epoch of the training views, from 0", group: "Model:", defaultDescription: "0" },
    group: {
      describe: "View group of a multi-crop policy, from 0",
      group: "Model:",
      defaultDescription: "0",
    },
  },
  examples: [["sslmem views ./images --policy simclr --views 4 --out views", "what scoring with seed 0 saw"]],
  async run(call) {
    const { settings } = await settleAlone(call);
    const out = textFlag(call, "out");
    const format = textFlag(call, "format") ?? "png";
    const purpose = textFlag(call, "purpose") ?? "score";
    if (out === undefined)
      throw new SslMemError(
        "USAGE",
        "Expected --out with the folder to write but received none.",
        "--out views",
      );
    if (format !== "png" && format !== "npy")
      throw new SslMemError("USAGE", `Expected png or npy for --format but received "${format}".`);
    if (!(purpose in STREAMS))
      throw new SslMemError("USAGE", `Expected score or train for --purpose but received "${purpose}".`);
    await checkWritableFolder(out);
    const [epoch, group] = [whole(call, "epoch"), whole(call, "group")];
    const { getPolicy, openPolicy } = await import("../../augment/index.js");
    const { HostViews } = await import("../../views/host.js"); // alone: the others load TensorFlow.js
    const { viewKeys } = await import("../../native/index.js");
    const policy = openPolicy(getPolicy(settings.policy, { imageSize: settings.imageSize }));
    const [height, width] = policy.size(group);
    const { readAllImages } = await import("../../run/all-images.js");
    const store = await readAllImages(settings, reporterOf(call), call.signal);
    const { manifest } = store;
    const maker = new HostViews(store);
    const keys = viewKeys(STREAMS[purpose as keyof typeof STREAMS], settings.seed, epoch);
    const firstView = policy.firstView(group);
    const wanted = [{ ...keys, policy, group, firstView, views: settings.views }];
    const all = manifest.used;
    const shape = [all.length, settings.views, height, width, 3];
    const npy = format === "npy" ? await NpyWriter.create(join(out, "views.npy"), shape) : null;
    const lines: string[] = [];
    const size = height * width * 3;
    try {
      for (let start = 0; start < all.length; start += MOST_IMAGES_AT_ONCE) {
        call.signal.throwIfAborted();
        const samples = all.slice(start, start + MOST_IMAGES_AT_ONCE);
        const [batch] = (await maker.describe(samples, wanted)) as [DescribedBatch];
        await npy?.append(batch.data);
        for (const [i, sample] of samples.entries()) {
          for (const [view, ops] of (batch.operations[i] ?? []).entries()) {
            const file = npy === null ? `${String(sample).padStart(6, "0")}-${view}.png` : undefined;
            lines.push(JSON.stringify({ id: manifest.entry(sample).id, view, ...(file && { file }), ops }));
            const at = (i * settings.views + view) * size;
            if (file)
              await writePng(join(out, file), batch.data.subarray(at, at + size), [height, width], ops);
          }
        }
      }
      await npy?.close();
    } finally {
      await npy?.discard();
      await store.close();
    }
    await writeWhole(join(out, "views.jsonl"), `${lines.join("\n")}\n`);
    const { skipped } = manifest.facts;
    call.output.result({
      human: () => `${shown(out)}: ${lines.length} views of ${all.length} images.`,
      json: () => ({
        schema: "sslmem/views-result@1",
        directory: out,
        images: all.length,
        views: settings.views,
        shape,
        skipped,
      }),
      quiet: () => out,
    });
  },
};

function whole(call: Call, name: string): number {
  const text = textFlag(call, name) ?? "0";
  if (/^\d+$/.test(text)) return Number(text);
  throw new SslMemError("USAGE", `Expected a whole number for --${name} but received "${text}".`);
}

/** Writes a view as a picture. */
async function writePng(
  path: string,
  pixels: Float32Array,
  [height, width]: [number, number],
  ops: readonly Op[],
): Promise<void> {
  const { default: sharp } = await import("sharp");
  const { viewBytes } = await import("../../augment/index.js");
  const picture = await sharp(viewBytes(pixels, ops), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  await writeWhole(path, picture, { sync: false });
}
