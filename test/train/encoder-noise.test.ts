// Numbers that the encoder draws for itself: each view has its own, in the order of the passes; copies draw nothing.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import type { ForwardContext, Network } from "../../src/nn/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { ENCODER_NOISE, WeightedNetwork, withEncoderNoise } from "../../src/train/network.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { RECIPE } from "./helpers.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

test.serial(
  "each view of each image has numbers of its own; a teacher and an encoder without noise have none",
  (t) => {
    const seen: (number[][] | undefined)[] = [];
    const network: Network = {
      ...networkNamed("resnet9"),
      noise: 2,
      forward(x, { noise }: ForwardContext) {
        seen.push(noise?.arraySync());
        return { pooled: tf.zeros([x.shape[0], 1]) };
      },
    };
    const views = [
      { group: 0, count: 2 },
      { group: 1, count: 1 },
    ];
    const needs = withEncoderNoise({ views, noise: { turn: 3 } }, network);
    t.deepEqual(needs.noise, { turn: 3, [ENCODER_NOISE]: 6 });
    t.deepEqual(
      Object.keys(needs.noise ?? {}),
      ["turn", ENCODER_NOISE],
      "the method's own are drawn as they were",
    );
    // Two images of three views: image, view and number are its digits.
    const noise = tf.tensor2d([
      [0.11, 0.12, 0.21, 0.22, 0.31, 0.32],
      [1.11, 1.12, 1.21, 1.22, 1.31, 1.32],
    ]);
    const weighted = new WeightedNetwork(network, new Map([["state.teacher.x", tf.variable(tf.scalar(0))]]));
    const { encode } = weighted.nets(() => {}, noise);
    const x = (n: number) => tf.zeros([n, 4, 4, 3]) as tf.Tensor4D;
    encode(x(4));
    encode(x(4), { arrays: "state.teacher." });
    encode(x(2));
    encode(x(2));
    weighted.nets(() => {}).encode(x(2));
    const rounded = seen.map((rows) => rows?.map((row) => row.map((value) => Number(value.toFixed(2)))));
    t.deepEqual(rounded, [
      [
        [0.11, 0.12],
        [0.21, 0.22],
        [1.11, 1.12],
        [1.21, 1.22],
      ],
      undefined,
      [
        [0.31, 0.32],
        [1.31, 1.32],
      ],
      [
        [0.11, 0.12],
        [1.11, 1.12],
      ],
      undefined,
    ]);
  },
);

test.serial("a training asks for the numbers of its stochastic depth, and for none without it", (t) => {
  const of = (dropPath: number) => {
    const recipe = { ...RECIPE, architecture: "vit-tiny-8", imageSize: 8, batch: 4, dropPath };
    const model = new TrainingModel(recipe);
    const { noise } = model.needs;
    model.dispose();
    return noise;
  };
  t.is(of(0), undefined);
  t.deepEqual(of(0.1), { [ENCODER_NOISE]: 2 * 2 * 12 });
});
