import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { getPolicy, type OpenPolicy, openPolicy, type TransformSpec } from "../src/augment/index.js";
import { createPack, type Pack, purposes, randomUniform } from "../src/native/index.js";

/** SimCLR's chain in one thread, beside torchvision v2 on uint8 tensors. */
export interface AugmentMeasurement {
  name: string;
  peer: string;
  /** medians over rounds, one thread each */
  peerViewsPerSecond: number;
  viewsPerSecond: number;
  /** how many times the peer's speed */
  ratio: number;
  /** the ratio that the project asks for */
  required: number;
}

interface Case {
  name: string;
  height: number;
  width: number;
  size: number;
  required: number;
}

const CASES: readonly Case[] = [
  { name: "SimCLR 224 × 224 with blur, from 375 × 500", height: 375, width: 500, size: 224, required: 12 },
  { name: "SimCLR 32 × 32 without blur, from 32 × 32", height: 32, width: 32, size: 32, required: 20 },
];
const IMAGES = 16;

function noiseImages({ height, width }: Case): Pack {
  const total = IMAGES * height * width * 3;
  const key = { seed: 0, purpose: purposes.evaluation, epoch: 0, sample: 0, view: 0 };
  const pixels = Uint8Array.from(randomUniform(key, new Float32Array(total)), (value) => value * 256);
  return createPack(pixels, new Uint32Array(IMAGES).fill(height), new Uint32Array(IMAGES).fill(width));
}

/** Views per second (median over rounds of two views an image) and the mean of all values made. */
async function ours(
  policy: OpenPolicy,
  images: Pack,
  seconds: number,
): Promise<{ rate: number; mean: number }> {
  const slots = Uint32Array.from({ length: IMAGES }, (_, i) => i);
  const [height, width] = policy.size();
  const out = new Float32Array(IMAGES * 2 * height * width * 3);
  const key = { seed: 1, purpose: purposes.trainViews, samples: slots, slots, views: 2, threads: 1, out };
  const rates: number[] = [];
  const means: number[] = [];
  const end = performance.now() + seconds * 1000;
  for (let epoch = 0; performance.now() < end || epoch < 3; epoch++) {
    const start = performance.now();
    await policy.augment(images, { ...key, epoch });
    const took = performance.now() - start;
    if (epoch > 0) rates.push((IMAGES * 2 * 1000) / took);
    if (means.length < 200) means.push(out.reduce((sum, value) => sum + value, 0) / out.length);
  }
  rates.sort((a, b) => a - b);
  return { rate: rates[rates.length >> 1] as number, mean: means.reduce((a, b) => a + b) / means.length };
}

interface PeerOutput {
  peer: string;
  views_per_second: number;
  mean: number;
}

function peer(
  python: string,
  { height, width, size }: Case,
  seconds: number,
  chain: readonly TransformSpec[],
) {
  const jitter = chain.find((spec) => spec.transform === "color_jitter");
  const blur = chain.find((spec) => spec.transform === "gaussian_blur");
  const options = {
    height,
    width,
    size,
    jitter: Number(jitter?.brightness) / 0.8,
    kernel: Number(blur?.kernel_size ?? 0),
    images: IMAGES,
    seconds,
  };
  // The script lies in the sources; this file runs from dist/.
  const script = fileURLToPath(new URL("../../benchmarks/peers/augment_peer.py", import.meta.url));
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { status, stdout, stderr } = spawnSync(python, [script, ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`The peer torchvision failed: ${stderr}`);
  return JSON.parse(stdout) as PeerOutput;
}

/**
 * Views per second of SimCLR's chain from decoded images, one thread: through the addon, promise included, and in
 * torchvision (benchmarks/peers/augment_peer.py).
 *
 * @param python an interpreter that has torch and torchvision
 * @param seconds of measuring, for each side of each comparison
 * @throws when the two sides do not make the same kind of view: a view's mean moves by about 1 with the brightness, and
 *   at least 200 views are averaged, so the means agree to 3 sqrt(2 / 200) = 0.3
 */
export async function measureAugment(python: string, seconds = 8): Promise<AugmentMeasurement[]> {
  const measurements: AugmentMeasurement[] = [];
  for (const entry of CASES) {
    const policy = openPolicy(getPolicy("simclr", { imageSize: entry.size }));
    using images = noiseImages(entry);
    const mine = await ours(policy, images, seconds);
    const other = peer(python, entry, seconds, policy.policy.groups[0]?.transforms ?? []);
    if (!(Math.abs(mine.mean - other.mean) < 0.3)) {
      throw new Error(
        `Expected views with a mean near ${other.mean} (torchvision) but received ${mine.mean}.`,
      );
    }
    measurements.push({
      name: entry.name,
      peer: other.peer,
      peerViewsPerSecond: other.views_per_second,
      viewsPerSecond: mine.rate,
      ratio: mine.rate / other.views_per_second,
      required: entry.required,
    });
  }
  return measurements;
}
