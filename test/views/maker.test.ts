// One maker of views, two places: the same bits from both, and nothing left behind by either.
import { rename } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import sharp from "sharp";
import { getPolicy, openPolicy } from "../../src/augment/index.js";
import {
  buildManifest,
  decodingStore,
  type ImageStore,
  openSource,
  openStore,
  PackWriter,
  packKey,
} from "../../src/data/index.js";
import { engineDriver, openEngine } from "../../src/engine/index.js";
import { ShrinkingBatch } from "../../src/engine/shrinking-batch.js";
import * as tf from "../../src/engine/tf.js";
import { TorchImages } from "../../src/engine/torch/torch-images.js";
import { embedImages } from "../../src/evaluate/index.js";
import { viewKeys } from "../../src/native/index.js";
import { encoderOf, initialWeights } from "../../src/nn/index.js";
import { DeviceViews } from "../../src/views/device.js";
import {
  disposeViews,
  HostViews,
  joinedTensor,
  tensorOf,
  type ViewBatch,
  type ViewSettings,
  viewMaker,
  type WantedViews,
} from "../../src/views/index.js";
import { networkNamed } from "../networks.js";
import { temporaryDirectory } from "../train/helpers.js";

const hasTorch = engineDriver("torch").missing() === null;
const on = hasTorch ? test.serial : test.serial.skip;
const DATA = "synthetic:count=9,test=0,size=40";
const indices = Uint32Array.from([4, 0, 7]);
const keys = viewKeys("trainViews", 3, 2);
/** Multi-crop: 2 views of 32 × 32 and 3 smaller ones. */
const policy = openPolicy(getPolicy("dino", { imageSize: 32 }));
const TWO_SIZES: WantedViews[] = [
  { ...keys, policy, group: 0, firstView: 0, views: 2 },
  { ...keys, policy, group: 2, firstView: 2, views: 3 },
];
const places = hasTorch ? (["host", "device"] as const) : (["host"] as const);

test.before(async () => {
  await openEngine({ engine: hasTorch ? "torch" : "tensorflow", device: "cpu", precision: "fp32" });
});

async function decoding(): Promise<ImageStore> {
  const source = await openSource(DATA);
  return decodingStore(await buildManifest(source), source);
}

async function packed(): Promise<ImageStore> {
  const store = await decoding();
  const { manifest } = store;
  const path = join(temporaryDirectory(), "pack");
  const writer = await PackWriter.create(path);
  for (const index of manifest.used) await writer.add(index, await store.decode(index));
  await writer.finish(path, packKey(manifest), manifest.used);
  return openStore({ manifest, data: DATA, packPath: path });
}

const valuesOf = (batch: ViewBatch) =>
  tf.tidy(() => {
    const x = tensorOf(batch);
    return { shape: x.shape, values: x.dataSync() };
  });

/** What was loaded so far, and how much of it has not been given back. */
const count = { loaded: 0, held: 0 };

function counted<T extends { release(): void }>(loaded: T): T {
  count.loaded += 1;
  count.held += 1;
  const release = loaded.release.bind(loaded);
  return Object.assign(loaded, {
    release: () => {
      count.held -= 1;
      release();
    },
  });
}

/** The same store, whose images are counted; those of the device always are. */
function counting(store: ImageStore): ImageStore {
  const load: ImageStore["load"] = async (which) => counted(await store.load(which));
  return Object.assign(Object.create(store), { load });
}

const { decode, open } = TorchImages;
TorchImages.decode = async (...given) => {
  const decoded = await decode.apply(TorchImages, given);
  return decoded.images === null ? decoded : { images: counted(decoded.images) };
};
TorchImages.open = async (...given) => counted(await open.apply(TorchImages, given));

on(
  "groups of two sizes have the same bits on the host and on the device, each at its own size",
  async (t) => {
    const before = tf.memory().numTensors;
    for (const store of [await decoding(), await packed()]) {
      const [host, device] = places.map((viewsOn) => viewMaker(store, { viewsOn }));
      const expected = (await host?.make(indices, TWO_SIZES)) ?? [];
      const made = (await device?.make(indices, TWO_SIZES)) ?? [];
      const sizes = [0, 2].map((group) => policy.size(group));
      t.notDeepEqual(sizes[0], sizes[1]);
      t.deepEqual(
        expected.map((batch) => valuesOf(batch).shape),
        [
          [6, ...(sizes[0] as [number, number]), 3],
          [9, ...(sizes[1] as [number, number]), 3],
        ],
      );
      t.true(made.every((batch) => batch instanceof tf.Tensor));
      t.deepEqual(made.map(valuesOf), expected.map(valuesOf));
      disposeViews([...expected, ...made]);
      await host?.close();
      await device?.close();
      await store.close();
    }
    t.is(tf.memory().numTensors, before);
  },
);

for (const viewsOn of places) {
  test.serial(`batches of one size are joined image by image: ${viewsOn}`, async (t) => {
    const before = tf.memory().numTensors;
    const store = await decoding();
    const maker = viewMaker(store, { viewsOn });
    const open = (name: string) => openPolicy(getPolicy(name, { imageSize: 16 }));
    const wanted: WantedViews[] = [
      { ...keys, policy: open("eval"), views: 1 },
      { ...keys, policy: open("simclr"), views: 2 },
    ];
    const batches = await maker.make(indices, wanted);
    const [plain, augmented] = batches.map((batch) => valuesOf(batch).values) as [Float32Array, Float32Array];
    const { shape, values } = tf.tidy(() => {
      const x = joinedTensor(batches, 3);
      return { shape: x.shape, values: x.dataSync() as Float32Array };
    });
    t.deepEqual(shape, [9, 16, 16, 3]);
    const view = (of: Float32Array, n: number) => of.slice(n * 768, (n + 1) * 768);
    for (let image = 0; image < 3; image++) {
      t.deepEqual(view(values, 3 * image), view(plain, image));
      for (const n of [0, 1])
        t.deepEqual(view(values, 3 * image + 1 + n), view(augmented, 2 * image + n), `${image} ${n}`);
    }
    // One alone is left as it is.
    const alone = tf.tidy(() => joinedTensor(batches.slice(1), 3).dataSync());
    t.deepEqual(alone, augmented);
    disposeViews(batches);
    await maker.close();
    t.is(tf.memory().numTensors, before);
  });

  test.serial(`what was loaded is let go when something goes wrong: ${viewsOn}`, async (t) => {
    const before = tf.memory().numTensors;
    const folder = temporaryDirectory();
    for (let index = 0; index < 9; index++)
      await sharp({ create: { width: 40, height: 30 + index, channels: 3, background: "teal" } })
        .png()
        .toFile(join(folder, `${index}.png`));
    const source = await openSource(folder);
    const store = counting(decodingStore(await buildManifest(source), source));
    const maker = viewMaker(store, { viewsOn });
    await rename(join(folder, "7.png"), join(folder, "7.away"));
    await t.throwsAsync(maker.make(indices, TWO_SIZES), { code: "DATA", message: /7\.png/ });
    t.is(count.held, 0);
    await rename(join(folder, "7.away"), join(folder, "7.png"));
    // The second group is refused when the first one's views are there.
    const bad = [TWO_SIZES[0] as WantedViews, { ...TWO_SIZES[1], group: 9 } as WantedViews];
    await t.throwsAsync(maker.make(indices, bad), { code: "USAGE", message: /for group/ });
    t.is(count.held, 0);
    t.is(tf.memory().numTensors, before);
    count.loaded = 0;
    const made = await maker.make(indices, TWO_SIZES);
    t.deepEqual(count, { loaded: 1, held: 0 });
    t.is(made.length, 2);
    disposeViews(made);
    await maker.close();
    t.is(tf.memory().numTensors, before);
  });
}

test.serial("views are made on the device on a GPU only, and nvJPEG without one is refused", async (t) => {
  const store = await decoding();
  t.true(viewMaker(store, {}) instanceof HostViews);
  t.true(viewMaker(store, { viewsOn: "host", decode: "sharp" }) instanceof HostViews);
  t.true(viewMaker(store, { viewsOn: "device" }) instanceof DeviceViews);
  for (const viewsOn of ["auto", "host"] as const)
    t.throws(() => viewMaker(store, { viewsOn, decode: "nvjpeg" }), {
      code: "ENGINE",
      message: /NVIDIA GPU/,
    });
});

on(
  "the device keeps a packed file until it is closed, and opens it again when it is used again",
  async (t) => {
    const store = await packed();
    const maker = viewMaker(store, { viewsOn: "device" });
    for (const times of [1, 2]) {
      count.loaded = 0;
      for (let call = 0; call < 2; call++) disposeViews(await maker.make(indices, TWO_SIZES));
      t.deepEqual(count, { loaded: 1, held: 1 }, `${times}`);
      await maker.close();
      t.is(count.held, 0);
    }
    await store.close();
  },
);

on("images are embedded to the same bits from the device's views, which are then let go", async (t) => {
  const store = await packed();
  const network = networkNamed("resnet9");
  const encoder = encoderOf(network, initialWeights(network.parameters, 2));
  const embedded = async (viewSettings: ViewSettings | undefined) => {
    const options = { imageSize: 16, batch: new ShrinkingBatch(2), ...(viewSettings && { viewSettings }) };
    const parts: Float32Array[] = [];
    for await (const { values } of embedImages(store, encoder, indices, options)) parts.push(values);
    return parts;
  };
  const expected = await embedded(undefined);
  t.is(count.held, 0);
  const before = tf.memory().numTensors;
  count.loaded = 0;
  t.deepEqual(await embedded({ viewsOn: "device" }), expected);
  t.deepEqual(count, { loaded: 1, held: 0 });
  t.is(tf.memory().numTensors, before);
  encoder.dispose();
  await store.close();
});
