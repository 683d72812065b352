// JPEG files decoded by nvJPEG on the device against sharp: at most 2 levels apart.
import sharp, { type JpegOptions } from "sharp";
import { decodeImage } from "../../src/data/decode-image.js";
import { openSource } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import { TorchImages, torchBackend } from "../../src/engine/torch/torch-images.js";
import { createChain, purposes } from "../../src/native/index.js";
import { entriesOf, readImage } from "../data/reading.js";
import { check, device } from "./report.js";

const LEVELS = 2;
await openEngine({ engine: "torch", device, precision: "fp32" });
const backend = torchBackend();
if (backend === null) throw new Error("Expected the torch engine.");

/** The pixels of images of one size, as views that change nothing: on the [0, 1] scale. */
async function pixelsOf(images: TorchImages, count: number, height: number, width: number) {
  const slots = Uint32Array.from({ length: count }, (_, i) => i);
  const request = { seed: 0, purpose: purposes.evaluation, epoch: 0, slots, samples: slots };
  const chain = createChain([{ transform: "resize", size: [height, width] }]);
  const { views } = await images.views(chain, { ...request, firstView: 0, views: 1 });
  const values = views.dataSync();
  views.dispose();
  return values;
}

const KINDS: [string, JpegOptions][] = [
  ["4:2:0", { quality: 90, chromaSubsampling: "4:2:0" }],
  ["4:4:4", { quality: 95, chromaSubsampling: "4:4:4" }],
  ["progressive", { quality: 90, progressive: true }],
  ["coarse", { quality: 40 }],
];
const HEIGHT = 123;
const WIDTH = 157;
for (const [name, options] of KINDS) {
  const source = await openSource("synthetic:count=64,test=0,size=160");
  const files: Buffer[] = [];
  for (const entry of await entriesOf(source)) {
    const { pixels, width, height } = await readImage(source, entry);
    const image = sharp(pixels, { raw: { width, height, channels: 3 } });
    files.push(await image.resize(WIDTH, HEIGHT, { fit: "fill" }).jpeg(options).toBuffer());
  }
  const outcome = await TorchImages.decode(
    backend,
    files.map((bytes) => ({ bytes, height: 0, width: 0 })),
  );
  if (outcome.images === null) {
    check(`nvJPEG takes ${name}`, false, { refused: outcome.refused.length, n: files.length });
    continue;
  }
  const values = await pixelsOf(outcome.images, files.length, HEIGHT, WIDTH);
  const size = HEIGHT * WIDTH * 3;
  let most = 0;
  let beyond = 0;
  for (const [i, file] of files.entries()) {
    const { pixels } = await decodeImage(file);
    for (let p = 0; p < size; p++) {
      const difference = Math.abs(Math.round((values[i * size + p] as number) * 255) - (pixels[p] as number));
      most = Math.max(most, difference);
      if (difference > LEVELS) beyond += 1;
    }
  }
  const facts = { levels: most, beyond, values: size * files.length, bound: LEVELS };
  check(`nvJPEG as sharp, ${name}`, most <= LEVELS, facts);
  outcome.images.release();
}
