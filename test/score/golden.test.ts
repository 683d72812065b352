import { readFileSync } from "node:fs";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { alignmentOnDevice } from "../../src/engine/torch/device-alignment.js";
import { alignment, type Distance, type ViewScheme } from "../../src/native/index.js";
import { encoderOf, importWeights, type StoredTensor } from "../../src/nn/index.js";
import { batchLosses } from "../../src/score/alignment-losses.js";
import { type Score, scoreOf } from "../../src/score/index.js";
import { initialOf, uniform } from "../counted.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";

// Scores in NumPy by the papers' formulas: test/golden/score/make.py.
const path = new URL("../../../test/golden/score/score.json", import.meta.url).pathname;
const { images, views, dim, cases, resnet9 } = JSON.parse(readFileSync(path, "utf8"));
type Field = keyof Score;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

/** float32 [images, views, dim], as `representations` of make.py has them. */
function representations(name: string): Float32Array {
  const image = uniform(`${name} images`, images * dim);
  const noise = uniform(`${name} views`, images * views * dim);
  const spread = [0.1, 0.5, 1, 4, 1e-4];
  return Float32Array.from(noise, (value, i) => {
    const at = Math.floor(i / (views * dim));
    return (image[at * dim + (i % dim)] as number) + (spread[at] as number) * value;
  });
}

const [f, g] = [representations("f"), representations("g")];

/** Both sides work in float64. NumPy's 1 - cos and arccos lose what differs: cosines of directions 1e-4 apart. */
const roundings = (distance: Distance) => ({ l2: 1e-12, l1: 1e-12, cosine: 1e-14, angular: 1e-10 })[distance];

for (const { distance, scheme, normalize, scores } of cases as {
  distance: Distance;
  scheme: ViewScheme;
  normalize: boolean;
  scores: Score[];
}[]) {
  test.serial(
    `${distance} over ${scheme}, ${normalize ? "unit vectors" : "as they are"}: NumPy's scores`,
    async (t) => {
      const options = { distance, scheme, normalize };
      const host = [f, g].map((x) => alignment(x, images, views, dim, options));
      const made = [await Promise.all(host)];
      if (testEngine === "torch") {
        const x = [f, g].map((values) => tf.tensor2d(values, [images * views, dim]));
        made.push(x.map((one) => alignmentOnDevice(one, images, views, options)));
        tf.dispose(x);
      }
      for (const [one, other] of made) {
        const left = (one?.leaveOneOut.length ?? 0) / images;
        const losses = (result: typeof one, i: number) => ({
          loss: result?.loss[i] as number,
          leaveOneOut: result?.leaveOneOut.subarray(i * left, (i + 1) * left) as Float64Array,
        });
        for (const [i, expected] of scores.entries()) {
          const score = scoreOf(losses(one, i), losses(other, i));
          const sum = expected.lf + expected.lg;
          for (const field of Object.keys(expected) as Field[]) {
            // A score divides by the sum; a jackknife of n adds up n deviations.
            const scale = field === "sslmem" || field === "se" ? 1 / sum : 1;
            const allowed = 10 * roundings(distance) * Math.max(1, sum) * scale;
            t.true(
              Math.abs(score[field] - expected[field]) <= allowed,
              `image ${i}, ${field}: ${score[field]}, expected ${expected[field]}`,
            );
          }
        }
      }
    },
  );
}

test.serial("views through two ResNet-9s: the scores of float64", async (t) => {
  const { size, shapes, scores } = resnet9;
  const count = size * size * 3;
  const pattern = uniform("images", 2 * (size / 4) ** 2 * 3);
  const data = Float32Array.from(uniform("views", 8 * count), (noise, i) => {
    const [image, y, x] = [
      Math.floor(i / (4 * count)),
      Math.floor((i % count) / (3 * size)),
      Math.floor(i / 3) % size,
    ];
    const cell = (Math.floor(y / 4) * (size / 4) + Math.floor(x / 4)) * 3 + (i % 3);
    return (pattern[image * (size / 4) ** 2 * 3 + cell] as number) + 0.5 * noise;
  });
  const network = networkNamed("resnet9");
  const encoders = ["f", "g"].map((name) => {
    const stored = new Map<string, StoredTensor>(
      Object.entries(shapes as Record<string, number[]>).map(([key, shape]) => [
        key,
        { shape, data: initialOf(`${name} ${key}`, shape) },
      ]),
    );
    return encoderOf(network, importWeights(network.parameters, stored));
  });
  const shape = { images: 2, samples: 2, views: 4 };
  const options = { distance: "l2", scheme: "pairs", normalize: true, keepPairs: false } as const;
  const [one, other] = await batchLosses([{ data, height: size, width: size }], encoders, shape, options);
  for (const [i, expected] of (scores as Score[]).entries()) {
    const losses = (result: typeof one) => ({
      loss: result?.loss[i] as number,
      leaveOneOut: result?.leaveOneOut.subarray(4 * i, 4 * i + 4) as Float64Array,
    });
    const score = scoreOf(losses(one), losses(other));
    // float32 puts a direction off by 2e-5 at most (test/nn/golden.test.ts), so a distance and a mean of them by 4e-5; the
    // jackknife of four by √3 of that, differences by twice as much, and a score divides by the sum.
    const off = 4e-5;
    const sum = expected.lf + expected.lg;
    const allowed: Record<Field, number> = {
      lf: off,
      lg: off,
      memorization: 2 * off,
      sslmem: (2 * off) / sum,
      lf_se: 2 * off,
      lg_se: 2 * off,
      memorization_se: 4 * off,
      se: (4 * off) / sum,
    };
    for (const field of Object.keys(expected) as Field[])
      t.true(
        Math.abs(score[field] - expected[field]) <= allowed[field],
        `image ${i}, ${field}: ${score[field]}, expected ${expected[field]}`,
      );
    t.log(expected);
  }
});
