// Undamaged files of the project's own formats, as its own writers make them.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import sharp from "sharp";
import { resolveSettings } from "../../dist/src/config/resolve.js";
import { writeIdList } from "../../dist/src/data/id-list.js";
import { DIGEST_BYTES } from "../../dist/src/data/image-digest.js";
import { buildManifest, makeSplit, openSource, PackWriter, packKey } from "../../dist/src/data/index.js";
import { KnownImages } from "../../dist/src/data/known-images.js";
import { listed } from "../../dist/src/data/listing-cache.js";
import { writeSafetensors } from "../../dist/src/nn/index.js";
import { recordSession } from "../../dist/src/run/environment.js";
import { writeRecord } from "../../dist/src/run/record.js";
import { writePart } from "../../dist/src/score/part.js";
import { writeCheckpoint } from "../../dist/src/train/checkpoint.js";

export const CONTEXT = {
  configuration: JSON.stringify({ views: 4, scheme: "pairs", distance: "l2", f: "aa", g: "bb" }),
  keepViews: true,
};

/** Rules under which pixels are known, for kept knowledge. */
export const KEPT_RULES = { orientation: "ignore" };

/** Files of the project's own formats, written by its own writers into `folder`, as {group: {name: bytes}}. */
export async function written(folder) {
  const weights = new Map([
    ["conv1.weight", { shape: [2, 3], data: Float32Array.from([1, -2, 0.5, 3, 4, 1e-3]) }],
    ["bn1.weight", { shape: [4], data: Float32Array.from([1, 2, 3, 4]) }],
    ["scale", { shape: [], data: Float32Array.from([7]) }],
  ]);
  await writeSafetensors(join(folder, "w.safetensors"), weights, { step: "30" });
  const configuration = JSON.stringify({ architecture: "resnet18", seed: 3, images: "ab" });
  await writeCheckpoint(
    join(folder, "f"),
    {
      step: 30,
      seconds: 12.5,
      configuration,
      exports: "",
      arrays: { encoder: weights, head: weights, state: new Map(), optimizer: weights },
    },
    1,
  );

  const row = (index) => ({
    index,
    id: `a/${index}.png`,
    subset: ["shared", "candidate", "independent", "external"][index % 4],
    label: index % 3,
    lf: 0.1 + index / 90,
    lg: 0.2 + ((index * 7) % 40) / 99,
    lf_se: 0.01,
    lg_se: 0.02,
    memorization: 0.1,
    memorization_se: 0.02,
    sslmem: ((index * 13) % 40) / 40 - 0.3,
    se: 0.03,
    pair: 0,
    views_f: Float64Array.from([0.1, 0.2, index]),
    views_g: Float64Array.from([0.3, 0.2, index / 7]),
  });
  const rows = Array.from({ length: 40 }, (_, index) => row(index));
  await writePart(join(folder, "part-0000-of-0001.parquet"), CONTEXT, async (append) => append(rows));
  await writePart(join(folder, "small.parquet"), { ...CONTEXT, keepViews: false }, async (append) =>
    append(rows.slice(0, 8)),
  );

  const source = await openSource("synthetic:count=12,test=4,size=8,classes=3");
  const pack = await PackWriter.create(join(folder, "images.pack"));
  const manifest = await buildManifest(source, { onImage: (index, image) => pack.add(index, image) });
  await pack.finish(join(folder, "images.pack"), packKey(manifest), manifest.used);
  await manifest.write(join(folder, "manifest.parquet"));
  const split = makeSplit(manifest, {
    seed: 1,
    scheme: "random",
    limit: null,
    shared: 0.5,
    candidate: 0.25,
    independent: 0.25,
    external: null,
    stratify: false,
  });
  await split.write(join(folder, "split.parquet"), manifest);

  await writeRecord(join(folder, "config.json"), resolveSettings({ flags: new Map() }));
  const session = {
    started: "2026-01-01T00:00:00.000Z",
    command: "sslmem audit x",
    engine: { engine: "tensorflow", device: "cpu" },
  };
  await recordSession(join(folder, "environment.json"), session);
  const lines = Array.from({ length: 5 }, (_, i) =>
    JSON.stringify({
      step: 10 * i,
      epoch: i,
      loss: 5 - i,
      accuracy: 0.5,
      learningRate: 0.1,
      imagesPerSecond: 99,
      seconds: i,
    }),
  );
  await writeFile(join(folder, "metrics.jsonl"), `${lines.join("\n")}\n`);
  await writeIdList(join(folder, "ids.txt"), ["a/1.png", "b/2.png"], { kind: "top" });
  await writeFile(
    join(folder, "run.lock"),
    JSON.stringify({ pid: 1, host: "elsewhere", started: "9", device: "cpu", scoring: [] }),
  );

  const group = async (...names) =>
    Object.fromEntries(
      await Promise.all(names.map(async (name) => [basename(name), await readFile(join(folder, name))])),
    );
  return {
    weights: await group("w.safetensors"),
    checkpoint: await group(
      "f/latest",
      "f/step-00000030.safetensors",
      "f/step-00000030.head.safetensors",
      "f/step-00000030.optimizer.safetensors",
    ),
    parts: await group("part-0000-of-0001.parquet", "small.parquet"),
    data: await group("manifest.parquet", "split.parquet"),
    pack: await group("images.pack"),
    run: await group("config.json", "environment.json", "metrics.jsonl", "ids.txt", "run.lock"),
  };
}

/** What the cache keeps of a data set of one image in `folder`, as {name: bytes}; takes some seconds. */
export async function kept(folder) {
  // Kept of a folder only once its files have not changed for 2.5 s.
  const shown = join(folder, "shown");
  await mkdir(shown, { recursive: true });
  await writeFile(
    join(shown, "1.png"),
    await sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
      .png()
      .toBuffer(),
  );
  await new Promise((resolve) => setTimeout(resolve, 2700));
  const images = await openSource(shown);
  await listed(images, join(folder, "kept.listing"));
  const known = await KnownImages.open(images, KEPT_RULES, join(folder, "kept.known"));
  const entry = (await images.list()).images.at(0);
  const knowledge = { width: 4, height: 4, bytes: 48, digest: new Uint8Array(DIGEST_BYTES) };
  known.remember(entry, knowledge, await known.mark(entry));
  await known.keep();
  await images.close();
  const names = ["kept.listing", "kept.known"];
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return Object.fromEntries(names.map((name, i) => [name, files[i]]));
}
