// Views through the torch engine's images, on the CPU: the same bits as the native core's own path, from every kind of
// store. On a GPU scripts/gpu-check.sh compares the kernels instead.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import sharp from "sharp";
import { getPolicy, type OpenPolicy, openPolicy } from "../../src/augment/index.js";
import {
  buildManifest,
  decodingStore,
  type ImageStore,
  Manifest,
  openSource,
  openStore,
  PackWriter,
  packKey,
} from "../../src/data/index.js";
import { engineDriver, openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { TorchImages, torchBackend } from "../../src/engine/torch/torch-images.js";
import { SslMemError } from "../../src/errors.js";
import { purposes } from "../../src/native/index.js";
import { DeviceViews } from "../../src/views/device.js";
import type { ViewSettings } from "../../src/views/index.js";
import { temporaryDirectory } from "../train/helpers.js";

const on = engineDriver("torch").missing() === null ? test.serial : test.serial.skip;
const root = temporaryDirectory();
const source = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const SELECTION = { seed: 3, purpose: purposes.scoreViews, epoch: 2, views: 3, firstView: 0 };
const indices = Uint32Array.from([4, 0, 7]);

/** A library in nvJPEG's place, whose pixels are a ramp that begins with the length of the file. */
const fake = join(root, "libfake.so");

test.before(async () => {
  if (engineDriver("torch").missing() !== null) return;
  await openEngine({ engine: "torch", device: "cpu", precision: "fp32" });
  const sources = ["test/native/fake/nvjpeg.cpp", "native/core/jpeg_header.cpp"].map(source);
  const flags = ["-std=c++17", "-shared", "-fPIC", "-I", source("native")];
  execFileSync(process.env.CXX || "c++", [...flags, ...sources, "-o", fake]);
});

/** EXIF that says: to be turned by 90 degrees. */
const EXIF_TURNED = Buffer.from([
  ...Buffer.from("Exif\0\0II*\0", "latin1"),
  8,
  0,
  0,
  0,
  1,
  0,
  0x12,
  1,
  3,
  0,
  1,
  0,
  0,
  0,
  6,
  0,
  0,
  0,
]);

/** A JPEG file with one segment more at its beginning. */
function withSegment(file: Buffer, marker: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, body.length + 2]);
  return Buffer.concat([file.subarray(0, 2), head, body, file.subarray(2)]);
}

async function storeOf(data: string): Promise<ImageStore> {
  const opened = await openSource(data);
  return decodingStore(await buildManifest(opened), opened);
}

async function onHost(store: ImageStore, policy: OpenPolicy, which = indices): Promise<Float32Array> {
  const { pack, slots, release } = await store.load(which);
  try {
    return await policy.augment(pack, { ...SELECTION, slots, samples: which });
  } finally {
    release();
  }
}

async function onDevice(store: ImageStore, policy: OpenPolicy, settings: ViewSettings = {}, which = indices) {
  const device = new DeviceViews(store, settings);
  try {
    const [views] = (await device.make(which, [{ ...SELECTION, policy }])) as [tf.Tensor4D];
    const size = policy.size();
    if (`${views.shape}` !== `${[3 * which.length, ...size, 3]}`)
      throw new Error(`views of shape ${views.shape}`);
    const values = (await views.data()) as Float32Array;
    views.dispose();
    return values;
  } finally {
    await device.close();
  }
}
on("views on the device have the bits of the native core's, decoded each time or packed", async (t) => {
  const store = await storeOf("synthetic:count=9,test=0,size=20");
  const before = tf.memory().numTensors;
  for (const [name, imageSize] of [
    ["simclr", 16],
    ["simclr", 72],
    ["dino", 24],
    ["eval", 16],
  ] as const) {
    const policy = openPolicy(getPolicy(name, { imageSize }));
    const expected = await onHost(store, policy);
    t.deepEqual(await onDevice(store, policy), expected, name);
  }
  const path = join(root, "pack");
  const writer = await PackWriter.create(path);
  const { manifest } = store;
  for (const index of manifest.used) await writer.add(index, await store.decode(index));
  await writer.finish(path, packKey(manifest), manifest.used);
  const packed = await openStore({
    manifest,
    data: "synthetic:count=9,test=0,size=20",
    packPath: path,
  });
  t.is(packed.packed?.path, path);
  const policy = openPolicy(getPolicy("simclr", { imageSize: 16 }));
  t.deepEqual(await onDevice(packed, policy), await onHost(store, policy));
  t.is(tf.memory().numTensors, before);
  await packed.close();
});

on("requests and images that do not fit are refused as the core refuses them", async (t) => {
  const backend = torchBackend();
  t.truthy(backend);
  if (backend === null) return;
  const bytes = new Uint8Array(4 * 5 * 3);
  const decoded = await TorchImages.decode(backend, [{ bytes, height: 4, width: 5 }]);
  const images = decoded.images as TorchImages;
  const { chain, request } = openPolicy(getPolicy("simclr", { imageSize: 16 })).request({
    ...SELECTION,
    slots: Uint32Array.of(1),
    samples: Uint32Array.of(0),
  });
  await t.throwsAsync(images.views(chain, request), { code: "USAGE", message: /slot below 1/ });
  const fits = { ...request, slots: Uint32Array.of(0) };
  await t.throwsAsync(images.views({ handle: images.handle } as never, fits), {
    code: "USAGE",
    message: /a chain \(from createChain\) for chain but received a handle of another kind/,
  });
  await t.throwsAsync(images.views(chain, { ...fits, views: 0 }), {
    code: "USAGE",
    message: /for request.views/,
  });
  const none = { ...fits, samples: Uint32Array.of(1, 2) };
  await t.throwsAsync(images.views(chain, none), { code: "USAGE", message: /samples as slots/ });
  images.release();
  images.release();
  await t.throwsAsync(images.views(chain, fits), { message: /released/ });
  const cut = [{ bytes: bytes.subarray(1), height: 4, width: 5 }];
  await t.throwsAsync(TorchImages.decode(backend, cut), { code: "USAGE", message: /60/ });
  await t.throwsAsync(TorchImages.open(backend, join(root, "nothing.pack")), { instanceOf: SslMemError });
  t.throws(() => backend.binding.imagesInfo({} as never), { instanceOf: TypeError });
});

on("JPEG files go to nvJPEG, all others and those it refuses to sharp", async (t) => {
  const folder = join(root, "jpegs");
  mkdirSync(folder);
  const noise = (width: number, height: number) =>
    sharp(Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 251)), {
      raw: { width, height, channels: 3 },
    });
  const files: [string, Buffer][] = [
    ["0.jpg", await noise(21, 18).jpeg().toBuffer()],
    ["1.jpg", await noise(30, 16).jpeg({ progressive: true, chromaSubsampling: "4:4:4" }).toBuffer()],
    ["2.png", await noise(17, 19).png().toBuffer()],
    ["3.jpg", withSegment(await noise(17, 19).jpeg().toBuffer(), 0xe1, EXIF_TURNED)],
    ["4.jpg", await noise(17, 19).toColourspace("b-w").jpeg().toBuffer()],
    ["5.jpg", await noise(17, 19).toColourspace("cmyk").jpeg().toBuffer()],
    ["6.jpg", await noise(17, 19).withIccProfile("p3").jpeg().toBuffer()],
    ["7.webp", await noise(17, 19).webp().toBuffer()],
  ];
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  const binding = torchBackend()?.binding;
  t.deepEqual(
    files.map(([, bytes]) => binding?.jpegRefusal(bytes, true)),
    [
      null,
      null,
      "not a JPEG file",
      "turned by EXIF",
      "greyscale or CMYK",
      "greyscale or CMYK",
      null,
      "not a JPEG file",
    ],
  );
  t.is(binding?.jpegRefusal((files[3] as [string, Buffer])[1], false), null, "turned, where nobody turns");
  const store = await storeOf(folder);
  const policy = openPolicy(getPolicy("simclr", { imageSize: 16 }));
  const all = Uint32Array.from(files.keys());
  const settings = { decode: "nvjpeg", nvjpeg: fake } as const;
  // What the fake makes of those that it takes, as decoded images.
  const decode = store.decode.bind(store);
  const ramps = (taken: readonly number[]): ImageStore =>
    Object.assign(Object.create(store), {
      async load(which: Uint32Array) {
        const images = await Promise.all(
          Array.from(which, async (index) => {
            const { height, width, pixels } = await decode(index);
            const size = (files[index] as [string, Buffer])[1].length;
            const ramp = Uint8Array.from(
              pixels,
              (_, i) => size + (i % (3 * width)) + Math.floor(i / (3 * width)),
            );
            return { height, width, pixels: taken.includes(index) ? ramp : pixels };
          }),
        );
        const { createPack } = await import("../../src/native/index.js");
        const side = (name: "height" | "width") => Uint32Array.from(images, (image) => image[name]);
        const pack = createPack(
          Uint8Array.from(images.flatMap(({ pixels }) => [...pixels])),
          side("height"),
          side("width"),
        );
        return { pack, slots: Uint32Array.from(which.keys()), release: () => pack.release() };
      },
    });
  t.deepEqual(await onDevice(store, policy, settings, all), await onHost(ramps([0, 1, 3, 6]), policy, all));
  const { images, read, facts } = store.manifest;
  const turned = { ...facts, pixels: { ...facts.pixels, orientation: "exif" as const } };
  const turning = Object.assign(Object.create(store), { manifest: Manifest.make(images, read, turned) });
  t.deepEqual(await onDevice(turning, policy, settings, all), await onHost(ramps([0, 1, 6]), policy, all));
  t.deepEqual(await onDevice(store, policy, {}, all), await onHost(store, policy, all));

  // A batch that nvJPEG gives up is sharp's as a whole.
  const [, bad] = files[1] as [string, Buffer];
  writeFileSync(join(folder, "1.jpg"), withSegment(bad, 0xfe, Buffer.from("BAD!")));
  await t.throwsAsync(onDevice(store, policy, settings, all), {
    code: "DATA",
    message: /1\.jpg.*others now/,
  });
  const worse = await storeOf(folder);
  t.deepEqual(await onDevice(worse, policy, settings, all), await onHost(worse, policy, all));
  await t.throwsAsync(onDevice(worse, policy, { ...settings, nvjpeg: "libnone.so.9" }, all), {
    code: "ENGINE",
    message: /nvJPEG.*libnone\.so\.9/,
  });
});
