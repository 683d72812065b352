// What is scored: the encoder, whatever else a checkpoint holds, or the network that the method exports.

import { dirname, join } from "node:path";
import test from "ava";
import type { ImageStore } from "../../src/data/index.js";
import { openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import {
  encoderOf,
  getArchitecture,
  importWeights,
  initialWeights,
  loadEncoder,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from "../../src/nn/index.js";
import * as layers from "../../src/nn/layers.js";
import { settingsFor } from "../../src/steps/settings-for.js";
import { latestNetwork, trainEncoder } from "../../src/train/index.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { arraysIn, digestsOf, smallStore, temporaryDirectory, trainOptions } from "./helpers.js";
import { register, squares } from "./toys.js";

const network = networkNamed("resnet9");
let store: ImageStore;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  store = await smallStore();
  register("taught", (given, settings, kit) => {
    const TEACHER = "state.teacher.";
    const learned = given.encoder.filter(({ isLearned }) => isLearned);
    return {
      ...squares(given, settings, kit),
      exports: TEACHER,
      state: given.encoder.map((spec) => ({
        ...spec,
        name: TEACHER + spec.name,
        copyOf: spec.name,
        isLearned: false,
      })),
      after({ head: { weights } }) {
        const of = (prefix: string) => learned.map(({ name }) => weights.get(prefix + name) as tf.Variable);
        ops.movingAverageUpdate(of(TEACHER), of(""), 0.5);
      },
    };
  });
});

/** Embeddings of two images by weights of a file, or by arrays under a prefix. */
async function embedded(weights: string | ReadonlyMap<string, StoredTensor>, prefix = "") {
  const encoder =
    typeof weights === "string"
      ? await loadEncoder(getArchitecture("resnet9"), weights, { imageSize: 16 })
      : encoderOf(
          network,
          importWeights(
            network.parameters,
            new Map(network.parameters.map(({ name }) => [name, weights.get(prefix + name) as StoredTensor])),
          ),
        );
  const values = tf.tidy(() => {
    const x = tf.tensor4d(
      Float32Array.from({ length: 2 * 16 * 16 * 3 }, (_, i) => Math.sin(i)),
      [2, 16, 16, 3],
    );
    return encoder.embed(x).dataSync().slice();
  });
  encoder.dispose();
  return [...values];
}

test.serial("a method that exports its teacher is scored by its teacher", async (t) => {
  const directory = temporaryDirectory();
  const changes = { method: "taught", learningRate: 0.01 };
  const { weights } = await trainEncoder(trainOptions(store, directory, changes));
  const arrays = await arraysIn(directory);
  const teacher = await embedded(arrays, "state.teacher.");
  t.deepEqual(await embedded(weights), teacher);
  t.notDeepEqual(await embedded(arrays), teacher, "the student is another network");
  t.is((await readSafetensors(weights)).metadata.exports, "state.teacher.");
  const stopped = temporaryDirectory();
  await trainEncoder(trainOptions(store, stopped, { ...changes, stopAfterSteps: 4 }));
  t.is(digestsOf((await trainEncoder(trainOptions(store, stopped, changes))).weights), digestsOf(weights));
});

test.serial("--network: the trained encoder or its average, out of whichever file holds it", async (t) => {
  const widths = { projectorHidden: 8, projectorDim: 8, predictorHidden: 4 };
  const trained = async (method: string) => {
    const directory = temporaryDirectory();
    const changes = { method, learningRate: 0.01, stopAfterSteps: 2, ...widths };
    await trainEncoder(trainOptions(store, directory, changes));
    const arrays = await arraysIn(directory);
    const of = async (choice: "auto" | "trained" | "average") => {
      const found = await latestNetwork(directory, choice);
      return { ...found, values: await embedded(found?.weights as string) };
    };
    return { directory, arrays, auto: await of("auto"), own: await of("trained"), of };
  };
  for (const [method, prefix, declared] of [
    ["taught", "state.teacher.", "average"],
    ["byol", "state.target.", "trained"],
  ] as const) {
    const { arrays, auto, own, of } = await trained(method);
    const average = await of("average");
    t.deepEqual([own.network, own.arrays], ["trained", ""], method);
    t.deepEqual([average.network, average.arrays], ["average", prefix], method);
    t.deepEqual(own.values, await embedded(arrays), method);
    t.deepEqual(average.values, await embedded(arrays, prefix), method);
    t.notDeepEqual(average.values, own.values, method);
    t.is(auto.network, declared);
    t.deepEqual(auto.values, declared === "average" ? average.values : own.values, method);
  }
  const { directory, auto, own } = await trained("simclr");
  t.deepEqual(own, auto);
  await t.throwsAsync(latestNetwork(directory, "average"), { code: "USAGE", message: /keeps none/ });
  t.is(await latestNetwork(temporaryDirectory(), "auto"), null);
  // Before anything is trained that could not be scored then.
  const asked = (method: string) => settingsFor({ data: "synthetic:count=9", method, network: "average" });
  await t.throwsAsync(asked("simclr"), { code: "USAGE", message: /--method simclr keeps none/ });
  t.is((await asked("byol")).settings.network, "average");
});

test.serial(
  "BYOL's target is not taken for its encoder, in today's files nor in those of earlier versions",
  async (t) => {
    const directory = temporaryDirectory();
    const changes = {
      method: "byol",
      projectorHidden: 8,
      projectorDim: 8,
      predictorHidden: 4,
      learningRate: 0.05,
    };
    const { weights } = await trainEncoder(trainOptions(store, directory, { ...changes, stopAfterSteps: 3 }));
    const arrays = await arraysIn(directory);
    const encoder = await embedded(arrays);
    t.notDeepEqual(await embedded(arrays, "state.target."), encoder);
    t.deepEqual(await embedded(weights), encoder);
    const old = join(dirname(weights), "all.safetensors");
    await writeSafetensors(old, arrays);
    t.deepEqual(await embedded(old), encoder);
  },
);

test.serial("names outside of a method's own are refused, and so is half a network to export", async (t) => {
  const tried = async (name: string, changes: object) => {
    register(name, (given, settings, kit) => ({ ...squares(given, settings, kit), ...changes }));
    return t.throwsAsync(trainEncoder(trainOptions(store, temporaryDirectory(), { method: name })));
  };
  const spec = network.parameters[0] as (typeof network.parameters)[number];
  const wrong = await tried("wrong-state", { state: [{ ...spec, name: "teacher.conv1.weight" }] });
  t.regex(wrong?.message ?? "", /"state\." .* "teacher\.conv1\.weight"/);
  const misnamed = await tried("wrong-head", { parameters: [{ ...spec, name: "fc.weight" }] });
  t.regex(misnamed?.message ?? "", /"projector\.", .* "fc\.weight"/);
  const half = await tried("half", {
    exports: "state.teacher.",
    state: [{ ...spec, name: `state.teacher.${spec.name}` }],
  });
  t.regex(half?.message ?? "", /a whole encoder under "state\.teacher\."/);
});

test.serial("a learned array that the loss does not look at has the gradient 0", async (t) => {
  register("idle", (given, settings, kit) => {
    const { parameters, ...rest } = squares(given, settings, kit);
    return { ...rest, parameters: [...parameters, ...kit.layers.linearSpecs("head.idle", 3, 2)] };
  });
  const directory = temporaryDirectory();
  await trainEncoder(trainOptions(store, directory, { method: "idle", epochs: 1, weightDecay: 0 }));
  const arrays = await arraysIn(directory);
  const spec = layers.linearSpecs("head.idle", 3, 2).find(({ name }) => name === "head.idle.bias");
  const drawn = initialWeights(
    [spec as (typeof network.parameters)[number]],
    trainOptions(store, directory).seed,
  );
  t.deepEqual(
    [...(arrays.get("head.idle.bias")?.data ?? [])],
    [...(drawn.get("head.idle.bias")?.dataSync() ?? [0])],
  );
  for (const value of drawn.values()) value.dispose();
});
