// Views on the device against the native core's: every policy, images that stay on the device and images that each batch
// brings along, float32 and bf16.
import { join } from "node:path";
import { getPolicy, imagenetStd, openPolicy, policyNames } from "../../src/augment/index.js";
import { type DecodedImage, openSource, PackWriter } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import type { NativeResult } from "../../src/engine/torch/binding.js";
import { torchBackend } from "../../src/engine/torch/torch-images.js";
import { openPack, purposes } from "../../src/native/index.js";
import { entriesOf, readImage } from "../data/reading.js";
import { temporaryFolder } from "./folder.js";
import { check, device, largestDifference } from "./report.js";

/** Of pixels on the [0, 1] scale: a whole chain of kernels is as near to the CPU's (native/core/cuda/views.h). */
const BOUND = 1e-5;
const IMAGES = 40;

const path = join(temporaryFolder(), "pack");
const writer = await PackWriter.create(path);
let packed = 0;
for (const size of [61, 200]) {
  const source = await openSource(`synthetic:count=${IMAGES / 2},test=0,size=${size}`);
  for (const entry of await entriesOf(source)) {
    const { pixels, width, height } = await readImage(source, entry);
    const cut = height - 7; // not square
    await writer.add(packed++, {
      pixels: pixels.subarray(0, cut * width * 3),
      width,
      height: cut,
    } as DecodedImage);
  }
}
await writer.finish(
  path,
  "00".repeat(32),
  Uint32Array.from({ length: packed }, (_, index) => index),
);
const pack = openPack(path);
await openEngine({ engine: "torch", device, precision: "fp32" });
const binding = torchBackend()?.binding;
if (binding === undefined) throw new Error("Expected the torch engine.");
/** Undoes the division by the deviations, which would make every difference more than four times as large. */
const onPixelScale = (views: Float32Array) => views.map((value, i) => value * (imagenetStd[i % 3] as number));
const take = (result: NativeResult) => {
  const values = binding.readTensor(result.handle) as Float32Array;
  binding.releaseTensor(result.handle);
  return onPixelScale(values);
};

const slots = Uint32Array.from({ length: IMAGES }, (_, i) => (7 * i) % IMAGES);
for (const [stay, share] of [
  ["resident", 1],
  ["uploaded", 0],
] as const) {
  const images = await binding.openImages(path, device, share);
  const { resident } = binding.imagesInfo(images);
  if (device !== "cpu") check(`images are ${stay}`, resident === (stay === "resident"));
  for (const name of policyNames()) {
    for (const imageSize of [32, 96]) {
      const policy = openPolicy(getPolicy(name, { imageSize }));
      const selection = {
        slots,
        samples: slots,
        seed: 5,
        purpose: purposes.scoreViews,
        epoch: 1,
        views: 14,
        firstView: 0,
      };
      const expected = onPixelScale(await policy.augment(pack, selection));
      const { chain, request } = policy.request(selection);
      const asked = { ...request, threads: 0 };
      const made = await binding.makeViews(images, chain.handle, asked, "fp32");
      const difference = largestDifference(take(made), expected);
      const what = `views of ${name} at ${imageSize}, ${stay}`;
      check(what, difference <= BOUND, { difference, bound: BOUND, onHost: made.onHost, n: 14 * IMAGES });
      if (device === "cpu") continue;
      const half = await binding.makeViews(images, chain.handle, asked, "bf16");
      const most = expected.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
      const coarse = largestDifference(take(half), expected);
      // bf16 keeps 8 bits: half a unit in the last place of the largest value.
      const bound = BOUND + most * 2 ** -8;
      check(`${what}, bf16`, half.bytes === made.bytes / 2 && coarse <= bound, { difference: coarse, bound });
    }
  }
  binding.releaseImages(images);
}
