// What a checker from outside has: the weights of step 0, the views that step 1 takes, and the loss of step 1 in metrics.jsonl.
// The loss is computed here from the files: the network by its own forward pass, all else by plain loops.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { views } from "../../src/cli/verbs/views.js";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { METHODS } from "../../src/methods/registry.js";
import { type Method, method } from "../../src/methods/types.js";
import { importWeights, readSafetensors } from "../../src/nn/index.js";
import { ARCHITECTURES } from "../../src/nn/registry.js";
import { openRun } from "../../src/run/open-run.js";
import { silent } from "../../src/run/reporter.js";
import { settingsOf } from "../../src/settings/registry.js";
import { dividedImages } from "../../src/steps/divided-images.js";
import { settingsFor } from "../../src/steps/settings-for.js";
import { stepContext } from "../../src/steps/step-context.js";
import { trainEncoders } from "../../src/steps/train.js";
import { writeTrainingViews } from "../../src/steps/training-views.js";
import { testEngine } from "../engine-under-test.js";
import { networkNamed } from "../networks.js";
import { readNpy } from "../npy.js";
import { temporaryDirectory } from "../train/helpers.js";

/** Two batches of one view, a sign that is drawn for each image, classes: the rest of what a checker may meet. */
(METHODS as unknown as Method[]).push(
  method({
    name: "signed",
    summary: "for tests",
    settings: {},
    defaults: {},
    labels: true,
    needs: () => ({
      views: [
        { group: 0, count: 1 },
        { group: 0, count: 1 },
      ],
      noise: { other: 2, sign: 1 },
    }),
    describeNoise: ({ sign, other }, _settings, { dim }) => ({
      sign: (sign?.[0] as number) < 0.5 ? -1 : 1,
      numbers: [sign?.length, other?.length, dim],
    }),
    build: () => ({
      parameters: [],
      loss({ views: [a, b], labels, noise }, { encode }) {
        const sign = tf.squeeze(tf.sub(1, tf.mul(2, tf.less(noise.sign as tf.Tensor, 0.5))), [1]);
        const [x, y] = [encode(a).pooled, encode(b as tf.Tensor4D).pooled].map((z) => tf.mean(z, 1));
        const sum = tf.add(tf.mul(x as tf.Tensor, sign), tf.mul(y as tf.Tensor, labels));
        return { loss: tf.mean(sum) as tf.Scalar };
      },
    }),
  }) as unknown as Method,
);

interface Line {
  id: string;
  encoder: string;
  step: number;
  place: number;
  batch: number;
  view: number;
  array: string;
  at: [number, number];
  class?: number;
  noise?: { sign: number; numbers: number[] };
}

/** Trains one encoder of a new run to step 1, by way of step 0, and writes the views of that step. */
async function firstStep(name: string, encoder: "f" | "g") {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  const root = join(temporaryDirectory(), "run");
  const out = join(root, "..", "views");
  const sizes = { shared: 8, candidate: 4, independent: 4, external: 4, batch: 6, imageSize: 16, epochs: 2 };
  const resolvedAt = (stopAfter: number) =>
    settingsFor({
      data: "synthetic:count=24,test=6,size=16,seed=4",
      method: name,
      arch: "resnet9",
      engine: testEngine,
      precision: "fp32",
      seed: 3,
      logEvery: 1,
      stopAfter,
      ...sizes,
    });
  for (const stopAfter of [0, 1]) {
    const steps = ["manifest", "split", "train"] as const;
    const resolved = await resolvedAt(stopAfter);
    const run = await openRun({ root, resolved, steps, force: false, shard: null, command: "test" });
    const context = stepContext(run);
    await trainEncoders(context, await dividedImages(context), [encoder]);
    await run.release();
  }
  const resolved = await resolvedAt(1);
  const of = { root, encoder, pair: 0, steps: [1, 1] } as const;
  const written = await writeTrainingViews({ resolved, of, epoch: 0, format: "npy", out, reporter: silent });
  const text = (path: string) => readFileSync(path, "utf8").trim().split("\n");
  return {
    written,
    resolved,
    of,
    lines: text(join(out, "views.jsonl")).map((line) => JSON.parse(line) as Line),
    arrays: written.shapes.map((_, batch) => readNpy(join(out, `views-${batch}.npy`))),
    loss: (JSON.parse(text(join(root, encoder, "metrics.jsonl"))[0] as string) as { loss: number }).loss,
    stored: (file: string) => readSafetensors(join(root, encoder, `step-00000000${file}.safetensors`)),
  };
}

/** The pooled features of views by the weights of step 0, with the batch's own statistics: a row each. */
async function featuresOf(
  stored: (file: string) => ReturnType<typeof readSafetensors>,
  { values, shape }: { values: Float32Array; shape: number[] },
): Promise<number[][]> {
  const network = networkNamed("resnet9");
  const weights = importWeights(network.parameters, (await stored("")).tensors);
  const rows = tf.tidy(() => {
    const views = tf.tensor4d(values, [(shape[0] as number) * (shape[1] as number), 16, 16, 3]);
    return network.forward(views, { weights, training: true }).pooled.arraySync();
  });
  for (const weight of weights.values()) weight.dispose();
  return rows;
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

test.serial(
  "SimCLR: the loss of g's first step follows from the files of step 0 and the views",
  async (t) => {
    const { written, lines, arrays, loss, stored, resolved, of } = await firstStep("simclr", "g");
    t.deepEqual(written.shapes, [[6, 2, 16, 16, 3]]);
    t.deepEqual(
      lines.map(({ encoder, step, place, batch, view, array, at }) => [
        encoder,
        step,
        place,
        batch,
        view,
        array,
        ...at,
      ]),
      Array.from({ length: 12 }, (_, i) => ["g", 1, i >> 1, 0, i % 2, "views-0.npy", i >> 1, i % 2]),
    );
    t.is(new Set(lines.map(({ id }) => id)).size, 6);
    const features = await featuresOf(stored, arrays[0] as (typeof arrays)[number]);
    const head = (await stored(".head")).tensors;
    const layer = (x: readonly number[], name: string) => {
      const { shape, data } = head.get(`${name}.weight`) as { shape: number[]; data: Float32Array };
      const bias = head.get(`${name}.bias`)?.data as Float32Array;
      const inputs = shape[1] as number;
      return Array.from(bias, (b, o) => b + dot(x, [...data.subarray(o * inputs, (o + 1) * inputs)]));
    };
    const unit = features.map((row) => {
      const z = layer(
        layer(row, "projector.0").map((x) => Math.max(x, 0)),
        "projector.3",
      );
      return z.map((x) => x / Math.sqrt(dot(z, z)));
    });
    const { temperature } = resolved.settings;
    let sum = 0;
    for (const [i, z] of unit.entries()) {
      const others = unit.flatMap((other, j) => (j === i ? [] : [Math.exp(dot(z, other) / temperature)]));
      sum += Math.log(others.reduce((a, b) => a + b)) - dot(z, unit[i ^ 1] as number[]) / temperature;
    }
    // Sums over 256 features, 256 hidden units and 128 projections, each rounded to float32, give cosines that are off by
    // 640 · 2^-24 at most; a loss is off by twice what a logit is.
    const bound = (2 * 640 * 2 ** -24) / temperature;
    t.true(Math.abs(sum / unit.length - loss) < bound, `${sum / unit.length} for ${loss}`);
    // The other images of the epoch would not do: its second step has others.
    const second = {
      resolved,
      of: { ...of, steps: [2, 2] as const },
      epoch: 0,
      format: "npy" as const,
      reporter: silent,
    };
    const out = temporaryDirectory();
    await writeTrainingViews({ ...second, out });
    const then = readFileSync(join(out, "views.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Line);
    t.false(then.some(({ id }) => lines.some((line) => line.id === id)));
    const beyond = { ...second, of: { ...of, steps: [1, 5] as const }, out };
    await t.throwsAsync(writeTrainingViews(beyond), { code: "USAGE", message: /\[1, 4\].* 1 to 5/ });
  },
);

test.serial(
  "a method with two batches, classes and numbers: its loss follows from what the lines say",
  async (t) => {
    const { lines, arrays, loss, stored } = await firstStep("signed", "f");
    t.is(arrays.length, 2);
    t.deepEqual([...new Set(lines.map(({ view, batch }) => `${view} ${batch}`))], ["0 0", "1 1"]);
    const means = await Promise.all(
      arrays.map(async (array) =>
        (await featuresOf(stored, array)).map((row) => row.reduce((a, b) => a + b) / row.length),
      ),
    );
    const places = lines.filter(({ batch }) => batch === 0);
    t.deepEqual(places[0]?.noise?.numbers, [1, 2, 256]);
    t.true(new Set(places.map(({ noise }) => noise?.sign)).size === 2, "both signs are drawn");
    const terms = places.map(
      ({ place, noise, class: label }) =>
        (means[0]?.[place] as number) * (noise?.sign as number) +
        (means[1]?.[place] as number) * (label as number),
    );
    const expected = terms.reduce((a, b) => a + b) / terms.length;
    // Means of 256 features and of six images, rounded: 262 · 2^-24 of the largest sum of magnitudes.
    const most =
      Math.max(...lines.map(({ class: label }) => 1 + (label as number))) * Math.max(...means.flat());
    t.true(Math.abs(expected - loss) < 262 * 2 ** -24 * most, `${expected} for ${loss}`);
  },
);

test("numbers that the encoder draws for itself stand beside what the method says of its own", async (t) => {
  const of = async (changes: Parameters<typeof settingsFor>[0]) => {
    const out = temporaryDirectory();
    const resolved = await settingsFor({ arch: "vit-tiny-8", imageSize: 16, dropPath: 0.1, ...changes });
    const given = { of: null, epoch: 0, format: "npy", out, reporter: silent } as const;
    await writeTrainingViews({ resolved, ...given });
    const [line] = readFileSync(join(out, "views.jsonl"), "utf8").split("\n");
    return (JSON.parse(line as string) as { noise: Record<string, unknown> }).noise;
  };
  const data = "synthetic:count=8,test=0,size=16,seed=4";
  const [mae, simclr] = [await of({ data, method: "mae" }), await of({ data, method: "simclr" })];
  const perView = 2 * 12;
  for (const [{ encoder, ...others }, views, own] of [
    [mae, 1, await of({ data, method: "mae", dropPath: 0 })],
    [simclr, 2, {}],
  ] as const) {
    const numbers = encoder as number[];
    t.is(numbers.length, views * perView);
    t.true(numbers.every((x) => x >= 0 && x < 1));
    t.deepEqual(others, own, "the method's own");
  }
  t.deepEqual(Object.keys(await of({ data, method: "signed", dropPath: 0 })).sort(), ["numbers", "sign"]);
  const taken = views.settings as readonly string[];
  for (const key of Object.keys(settingsOf(ARCHITECTURES))) t.true(taken.includes(key), key);
});
