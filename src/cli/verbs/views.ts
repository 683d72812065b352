import { join } from "node:path";
import type { Op } from "../../augment/index.js";
import { SslMemError } from "../../errors.js";
import { writeWhole } from "../../files/index.js";
import { NpyWriter } from "../../files/npy.js";
import type { DescribedBatch } from "../../views/index.js";
import { reporterOf, shown } from "../reporting.js";
import { DATA_SETTINGS, settleAlone } from "../settle.js";
import { type Call, textFlag, type Verb } from "../verb.js";
import { checkWritableFolder } from "../writable.js";

const STREAMS = { score: "scoreViews", train: "trainViews" } as const;
const MOST_IMAGES_AT_ONCE = 64;

/** `sslmem views`: the augmented views of images, and the operations that made them. */
export const views: Verb = {
  positionals: "<data>",
  positionalHelp: "Data as for `sslmem audit`.",
  groups: [],
  settings: [...DATA_SETTINGS, "policy", "imageSize", "views", "seed"],
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
    const { nameSkipped, openAllImages } = await import("../../steps/open-data.js");
    const reader = await openAllImages(settings, reporterOf(call), call.signal);
    const { images } = reader;
    const maker = new HostViews(reader);
    const keys = viewKeys(STREAMS[purpose as keyof typeof STREAMS], settings.seed, epoch);
    const firstView = policy.firstView(group);
    const wanted = [{ ...keys, policy, group, firstView, views: settings.views }];
    const shape = [images.count, settings.views, height, width, 3];
    const npy = format === "npy" ? await NpyWriter.create(join(out, "views.npy"), shape) : null;
    const lines: string[] = [];
    const size = height * width * 3;
    call.progress.start("drawing views");
    try {
      for await (const samples of reader.batches(MOST_IMAGES_AT_ONCE)) {
        call.signal.throwIfAborted();
        const [batch] = (await maker.describe(samples, wanted)) as [DescribedBatch];
        await npy?.append(batch.data);
        for (const [i, sample] of samples.entries()) {
          for (const [view, ops] of (batch.operations[i] ?? []).entries()) {
            const file = npy === null ? `${String(sample).padStart(6, "0")}-${view}.png` : undefined;
            lines.push(JSON.stringify({ id: images.id(sample), view, ...(file && { file }), ops }));
            const at = (i * settings.views + view) * size;
            if (file)
              await writePng(join(out, file), batch.data.subarray(at, at + size), [height, width], ops);
          }
        }
        call.progress.update({ done: (samples.at(-1) as number) + 1, total: images.count });
      }
      // Only now is it known how many could be read.
      shape[0] = reader.manifest().used.length;
      await npy?.close(shape[0]);
    } catch (error) {
      call.progress.finish("stopped");
      throw error;
    } finally {
      await npy?.discard();
      await reader.close();
    }
    const manifest = reader.manifest();
    const { skipped } = manifest.facts;
    const count = manifest.used.length;
    call.progress.finish(`${count} images, ${skipped.length} skipped`);
    nameSkipped(manifest, call.output);
    await writeWhole(join(out, "views.jsonl"), `${lines.join("\n")}\n`);
    call.output.result({
      human: () => `${shown(out)}: ${lines.length} views of ${count} images.`,
      json: () => ({
        schema: "sslmem/views-result@1",
        directory: out,
        images: count,
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
