// What is damaged: for every kind some folders of small valid files, one file of which is to be damaged. A seed is
// {files: {name: bytes}, damaged: name, format: one of structured.mjs, read: one of readers.mjs}.
import { gzipSync } from "node:zlib";
import { idxOf, images, recordsOf, safetensorsOf, tarOf } from "./small-files.mjs";
import { kept, written } from "./written.mjs";

const seed = (files, damaged, format, read) => ({ files, damaged, format, read });

function tarSeeds({ jpeg, png, webp }) {
  const folders = tarOf([
    ["./a/1.jpg", jpeg[0]],
    ["./a/2.png", png[0]],
    ["./b/3.webp", webp[0]],
    ["./b/4.jpg", jpeg[1]],
  ]);
  const samples = [jpeg[0], jpeg[2]].flatMap((image, i) => [
    [`sample.${i}.jpg`, image],
    [`sample.${i}.cls`, `${i}`],
    [`sample.${i}.json`, `{"label": ${i}}`],
  ]);
  const long = [
    [`${"folder/".repeat(18)}1.png`, png[1]],
    ["2.png", png[2]],
  ];
  return [
    folders,
    tarOf(samples.filter(([name]) => !name.endsWith("json"))),
    tarOf(samples.filter(([name]) => !name.endsWith("cls"))),
    tarOf(long),
    tarOf(long, { pax: true }),
  ].map((bytes) => seed({ "set.tar": bytes }, "set.tar", "tar", "data"));
}

function idxSeeds() {
  const files = {
    "train-images-idx3-ubyte": idxOf([6, 5, 4], recordsOf(6, 0, 20)),
    "train-labels-idx1-ubyte": idxOf([6], Buffer.from([0, 1, 2, 0, 1, 2])),
    "t10k-images-idx3-ubyte": idxOf([3, 5, 4], recordsOf(3, 0, 20)),
    "t10k-labels-idx1-ubyte": idxOf([3], Buffer.from([0, 1, 2])),
  };
  const packed = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]),
  );
  return [
    ...["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"].map((name) =>
      seed(files, name, "idx", "data"),
    ),
    ...["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"].map((name) =>
      seed(packed, name, "raw", "data"),
    ),
  ];
}

function cifarSeeds() {
  const ten = {
    "data_batch_1.bin": recordsOf(3, 1, 3072),
    "test_batch.bin": recordsOf(2, 1, 3072),
    "batches.meta.txt": Buffer.from("plane\ncar\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"),
  };
  const hundred = {
    "train.bin": recordsOf(2, 2, 3072),
    "test.bin": recordsOf(1, 2, 3072),
    "fine_label_names.txt": Buffer.from(Array.from({ length: 100 }, (_, i) => `class${i}`).join("\n")),
  };
  return [
    seed(ten, "data_batch_1.bin", "raw", "data"),
    seed(ten, "batches.meta.txt", "raw", "data"),
    seed(hundred, "train.bin", "raw", "data"),
    seed(hundred, "fine_label_names.txt", "raw", "data"),
  ];
}

function safetensorsSeeds(own) {
  const data = Buffer.from(Float32Array.from({ length: 30 }, (_, i) => Math.sin(i)).buffer);
  const foreign = safetensorsOf(
    {
      __metadata__: { format: "pt" },
      "conv1.weight": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
      "fc.weight": { dtype: "F16", shape: [4], data_offsets: [24, 32] },
      "bn1.weight": { dtype: "BF16", shape: [2, 2], data_offsets: [32, 40] },
      "bn1.bias": { dtype: "F64", shape: [3], data_offsets: [40, 64] },
      "bn1.num_batches_tracked": { dtype: "I64", shape: [], data_offsets: [64, 72] },
      empty: { dtype: "F32", shape: [0], data_offsets: [72, 72] },
    },
    data.subarray(0, 72),
  );
  return [
    seed({ "w.safetensors": foreign }, "w.safetensors", "safetensors", "foreignWeights"),
    seed({ "w.safetensors": own }, "w.safetensors", "safetensors", "weights"),
  ];
}

const CONFIG = Buffer.from(
  "# settings\npreset: demo\nepochs: 3\nbatch: 32\nlearning-rate: 0.06\nviews: 10\nshared: 0.5\nseed: 7\narch: resnet18\ncache-images: false\nengine: tensorflow\n",
);

const SEEDS = {
  jpeg: ({ jpeg }) => jpeg.map((bytes) => seed({ "bad.jpg": bytes }, "bad.jpg", "jpeg", "image")),
  png: ({ png }) => png.map((bytes) => seed({ "bad.png": bytes }, "bad.png", "png", "image")),
  webp: ({ webp }) => webp.map((bytes) => seed({ "bad.webp": bytes }, "bad.webp", "webp", "image")),
  gif: ({ gif }) => gif.map((bytes) => seed({ "bad.gif": bytes }, "bad.gif", "gif", "image")),
  tiff: ({ tiff }) => tiff.map((bytes) => seed({ "bad.tif": bytes }, "bad.tif", "tiff", "image")),
  avif: ({ avif }) => avif.map((bytes) => seed({ "bad.avif": bytes }, "bad.avif", "avif", "image")),
  listing: async (_, __, folder) =>
    Object.entries(await kept(folder)).map(([name, bytes]) =>
      seed({ [name]: bytes }, name, "columns", "kept"),
    ),
  tar: tarSeeds,
  idx: idxSeeds,
  cifar: cifarSeeds,
  stl10: () => {
    const files = { "train_X.bin": recordsOf(2, 0, 27648), "train_y.bin": Buffer.from([1, 10]) };
    return Object.keys(files).map((name) => seed(files, name, "raw", "data"));
  },
  safetensors: (_, own) => safetensorsSeeds(own.weights["w.safetensors"]),
  checkpoint: (_, own) =>
    Object.keys(own.checkpoint).map((name) =>
      seed(own.checkpoint, name, name === "latest" ? "json" : "safetensors", "checkpoint"),
    ),
  part: (_, own) =>
    Object.keys(own.parts).map((name) => seed({ [name]: own.parts[name] }, name, "parquet", "part")),
  manifest: (_, own) => [seed(own.data, "manifest.parquet", "parquet", "manifest")],
  split: (_, own) => [seed(own.data, "split.parquet", "parquet", "split")],
  pack: (_, own) => [seed(own.pack, "images.pack", "pack", "pack")],
  config: (_, own) => [
    seed({ "settings.yaml": CONFIG }, "settings.yaml", "yaml", "config"),
    seed({ "config.json": own.run["config.json"] }, "config.json", "json", "config"),
  ],
  runfile: (_, own) => Object.keys(own.run).map((name) => seed(own.run, name, "json", "runFile")),
};

/** Names of the kinds. */
export const KINDS = Object.keys(SEEDS);

/** The seeds of a kind. `folder`: an empty one, for the project's own writers. */
export async function seedsOf(kind, folder) {
  const own = SEEDS[kind].length > 1 ? await written(folder) : null;
  const made = await SEEDS[kind](await images(), own, folder);
  if (made.length === 0) throw new Error(`no seeds of kind ${kind}`);
  return made;
}
