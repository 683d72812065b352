// MAE and I-JEPA against implementations in PyTorch (test/golden/torch/make_masked.py) and against slow loops.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { drawnOrder, orderOf } from "../../src/methods/drawn-order.js";
import { blocksAt, blocksOf, drawBlocks, numbersOf } from "../../src/methods/ijepa-blocks.js";
import { getMethod } from "../../src/methods/registry.js";
import { vit } from "../../src/nn/architectures/vit.js";
import type { Network, StoredTensor } from "../../src/nn/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { farthest } from "../close.js";
import { initialOf, uniform } from "../counted.js";
import { testEngine } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import {
  assertChanges,
  assertLosses,
  type GoldenArray,
  type GoldenSteps,
  readGolden,
} from "./golden-steps.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";

/** No input of a GELU, a softmax or a smooth L1 is on a side. */
const NO_RECTIFIERS = { learned: 0, running: 0, still: 0 };

const golden = readGolden("masked.json");
const { batch } = golden;

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

const inUnit = (name: string, count: number) => Float32Array.from(uniform(name, count), (u) => (u + 1) / 2);

interface Outcome {
  loss: number;
  after: Map<string, StoredTensor>;
}
type Run = GoldenSteps["runs"][number];

function modelOf(run: Run, stored?: Map<string, StoredTensor>) {
  const {
    dim,
    heads,
    blocks,
    patch,
    losses: _,
    lossRounding: __,
    arrays: ___,
    norms: ____,
    ...settings
  } = run;
  const architecture = vit({ name: "vit-trial", patch, dim, heads, blocks });
  const recipe = { ...RECIPE, batch: batch as number, positions: "sincos", initial: "mae", ...settings };
  return new TrainingModel(recipe, { architecture, ...(stored && { stored }) });
}

/** What a run begins with; fixed positions, which goldens leave out, are those that a model has. */
function startOf(run: Run): Map<string, StoredTensor> {
  const model = modelOf(run);
  const fixed = [...snapshot(model.weights())].filter(([name]) => name.endsWith("pos_embed"));
  model.dispose();
  return new Map([
    ...(run.arrays as GoldenArray[]).map(
      ({ name, shape }) => [name, { shape, data: initialOf(name, shape) }] as const,
    ),
    ...fixed,
  ]);
}

/** Images and numbers of a step, as make_masked.py has them. */
function inputsOf({ needs }: TrainingModel, { imageSize: size }: Run, step: number, images: number = batch) {
  const data = Float32Array.from(uniform(`images ${step}`, images * size ** 2 * 3));
  const counts = Object.entries(needs.noise ?? {});
  const noise = Object.fromEntries(counts.map(([of, n]) => [of, inUnit(`${of} ${step}`, images * n)]));
  return { views: [{ data, height: size, width: size }] as const, noise };
}

for (const run of golden.runs)
  test.serial(`${run.method}: ${run.name} agree with PyTorch`, (t) => {
    const { steps, learningRate, losses, lossRounding, arrays } = run;
    const model = modelOf(run, startOf(run));
    const seen: number[] = [];
    for (let step = 0; step < steps; step++)
      seen.push(stepOf(model, inputsOf(model, run, step), learningRate, step, steps).loss);
    const after = [...snapshot(model.weights())].filter(([of]) => !of.endsWith("pos_embed"));
    model.dispose();
    assertLosses(t, seen, losses, lossRounding);
    // The bias of keys moves all scores of a query alike: its gradient is nothing but rounding, as large as any other to AdamW.
    for (const ofKeys of [true, false]) {
      const those = arrays.filter(({ name }: GoldenArray) => name.endsWith("qkv.bias") === ofKeys);
      const own = after.filter(([name]) => name.endsWith("qkv.bias") === ofKeys);
      assertChanges(t, those, new Map(own), [], NO_RECTIFIERS);
    }
  });

/** Loss of a run's first step, with some arrays as they are given; images and numbers of it. */
function firstLoss(run: Run, changes: Readonly<Record<string, (i: number) => number>>) {
  const stored = startOf(run);
  for (const [name, value] of Object.entries(changes)) {
    const { shape, data } = stored.get(name) as StoredTensor;
    stored.set(name, { shape, data: Float32Array.from(data, (_, i) => value(i)) });
  }
  const model = modelOf(run, stored);
  const inputs = inputsOf(model, run, 0);
  const { loss } = stepOf(model, inputs, 0, 0, 1);
  model.dispose();
  return { loss, ...inputs };
}

const runNamed = (method: string, name: string) =>
  golden.runs.find((run) => run.method === method && run.name.startsWith(name)) as Run;

test.serial("MAE's loss is that of a loop over hidden patches, where every pixel is painted alike", (t) => {
  for (const name of ["five steps", "gradients without"]) {
    const run = runNamed("mae", name);
    const { patch, imageSize: size, maskRatio, normalizePixels } = run;
    const painted = (i: number) => Math.sin(i);
    const changes = { "head.decoder_pred.weight": () => 0, "head.decoder_pred.bias": painted };
    const { loss, views, noise } = firstLoss(run, changes);
    const side = size / patch;
    const kept = Math.floor(side * side * (1 - maskRatio));
    let [sum, hidden] = [0, 0];
    for (let image = 0; image < batch; image++) {
      const numbers = noise.mask?.subarray(image * side * side, (image + 1) * side * side) as Float32Array;
      for (const [place, number] of numbers.entries()) {
        const rank = numbers.filter((other, at) => other < number || (other === number && at < place)).length;
        if (rank < kept) continue;
        const pixels: number[] = [];
        for (let y = 0; y < patch; y++)
          for (let x = 0; x < patch; x++)
            for (let channel = 0; channel < 3; channel++) {
              const [row, column] = [Math.floor(place / side) * patch + y, (place % side) * patch + x];
              pixels.push(views[0].data[((image * size + row) * size + column) * 3 + channel] as number);
            }
        const mean = pixels.reduce((a, b) => a + b) / pixels.length;
        const variance = pixels.reduce((a, b) => a + (b - mean) ** 2, 0) / (pixels.length - 1);
        const wanted = normalizePixels ? pixels.map((v) => (v - mean) / Math.sqrt(variance + 1e-6)) : pixels;
        sum += wanted.reduce((a, v, i) => a + (painted(i) - v) ** 2, 0) / pixels.length;
        hidden++;
      }
    }
    t.is(farthest([loss], [sum / hidden], 0, 1e-5), null);
  }
});

test.serial("I-JEPA's loss is that of a loop over the values of tokens, where all tokens are alike", (t) => {
  const run = runNamed("ijepa", "five steps");
  const [told, taught] = [(i: number) => 3 * Math.sin(i), (i: number) => 0.01 * Math.cos(3 * i)];
  const { loss } = firstLoss(run, {
    ...{ "predictor.predictor_proj.weight": () => 0, "predictor.predictor_proj.bias": told },
    ...{ "state.teacher.norm.weight": () => 0, "state.teacher.norm.bias": taught },
  });
  const values = Array.from({ length: run.dim }, (_, i) => taught(i));
  const mean = values.reduce((a, b) => a + b) / run.dim;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / run.dim;
  const terms = values.map((value, i) => {
    const off = Math.abs(told(i) - (value - mean) / Math.sqrt(variance + 1e-5));
    return off < 1 ? off ** 2 / 2 : off - 0.5;
  });
  t.true(terms.some((term) => term > 0.5) && terms.some((term) => term < 0.5));
  t.is(farthest([loss], [terms.reduce((a, b) => a + b) / run.dim], 0, 1e-5), null);
});

test.serial(
  "heads begin as the authors': uniform by Glorot in MAE, normal and smaller with depth in I-JEPA",
  (t) => {
    const check = (method: string, expected: Readonly<Record<string, number>>) => {
      const run = { ...runNamed(method, "five steps"), decoderDim: 192, predictorDim: 192, initial: method };
      const model = modelOf(run);
      const weights = snapshot(model.weights());
      model.dispose();
      for (const [name, deviation] of Object.entries(expected)) {
        const { data } = weights.get(name) as StoredTensor;
        const found = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
        // Six standard errors of a standard deviation; a uniform one's are smaller.
        t.is(farthest([found], [deviation], 1e-12, 6 / Math.sqrt(2 * data.length)), null, name);
      }
    };
    const glorot = (inputs: number, outputs: number) => Math.sqrt(2 / (inputs + outputs));
    check("mae", {
      ...{
        "head.mask_token": 0.02,
        "head.decoder_embed.weight": glorot(16, 192),
        "head.decoder_embed.bias": 0,
      },
      ...{
        "head.decoder_blocks.1.attn.qkv.weight": glorot(192, 576),
        "head.decoder_pred.weight": glorot(192, 12),
      },
      "head.decoder_norm.weight": 1,
    });
    check("ijepa", {
      ...{
        "predictor.mask_token": 0.02,
        "predictor.predictor_embed.weight": 0.02,
        "predictor.predictor_proj.bias": 0,
      },
      "predictor.predictor_blocks.0.attn.proj.weight": 0.02 / Math.sqrt(2),
      "predictor.predictor_blocks.1.mlp.fc2.weight": 0.02 / 2,
      "predictor.predictor_blocks.1.mlp.fc1.weight": 0.02,
    });
  },
);

for (const method of ["mae", "ijepa"])
  test.serial(`${method}: a batch in parts has the loss and the step of the whole`, (t) => {
    const run = { ...runNamed(method, "gradients"), batch: 4, learningRate: 1 };
    const [whole, parts] = [1, 2].map((accumulate) => {
      const model = modelOf({ ...run, accumulate }, startOf(run));
      const { loss } = stepOf(model, inputsOf(model, run, 0, 4), 1, 0, 1);
      const after = snapshot(model.weights());
      model.dispose();
      return { loss, after };
    }) as [Outcome, Outcome];
    t.is(farthest([parts.loss], [whole.loss], 0, 1e-6), null);
    for (const [name, { data }] of whole.after)
      t.is(farthest(parts.after.get(name)?.data as Float32Array, data, 1e-6, 1e-6), null, name);
  });

test.serial("I-JEPA's teacher begins as its encoder, and is what is scored", (t) => {
  const model = modelOf(runNamed("ijepa", "five steps"));
  const weights = snapshot(model.weights());
  t.is(model.exports, "state.teacher.");
  model.dispose();
  for (const { name } of model.network.parameters)
    t.deepEqual(weights.get(`state.teacher.${name}`)?.data, weights.get(name)?.data, name);
});

test("what cannot be hidden or divided is refused, naming the flags", (t) => {
  const refused = (method: string, changes: object, message: RegExp) => {
    const error = t.throws(() => modelOf({ ...runNamed(method, "five steps"), ...changes }));
    t.like(error, { code: "USAGE" });
    t.regex(error?.message ?? "", message);
  };
  for (const maskRatio of [0, 0.995, 1])
    refused("mae", { maskRatio }, /--mask-ratio .* of 64 patches .* received/);
  refused(
    "mae",
    { decoderDim: 10 },
    /--decoder-dim that is a multiple of 4 and of --decoder-heads 3 but received 10/,
  );
  refused("ijepa", { predictorDim: 8 }, /--predictor-dim .* --predictor-heads 3 but received 8/);
  refused(
    "ijepa",
    { targetScale: 0.5 },
    /--target-scale .* of 64 patches .* received 4 blocks of 6 × 5 patches/,
  );
  for (const method of ["mae", "ijepa"]) {
    const error = t.throws(() => new TrainingModel({ ...RECIPE, method }));
    t.like(error, { code: "USAGE", hint: "--arch vit-tiny-4" });
  }
});

const networkOf = (side: number): Network =>
  ({ tokens: { classToken: false, patch: 2 }, image: { size: 2 * side } }) as Network;

test.serial("patches are drawn alike with and without an engine, and equal numbers keep their order", (t) => {
  const numbers = inUnit("order", 3 * 50).map((u, i) => (i % 4 === 0 ? 0.25 : u));
  const drawn = drawnOrder(tf.tensor2d(numbers, [3, 50]), tf).arraySync() as number[][];
  for (const [image, order] of drawn.entries())
    t.deepEqual(order, orderOf(numbers.slice(50 * image, 50 * image + 50)));
  const { describeNoise } = getMethod("mae");
  const described = describeNoise?.({ mask: numbers.slice(0, 49) }, { maskRatio: 0.75 }, networkOf(7));
  t.deepEqual(described, { keep: orderOf(numbers.slice(0, 49)).slice(0, 12) });
  t.deepEqual(orderOf(Float32Array.of(0.5, 0.2, 0.2, 0, 0.2)), [3, 1, 2, 4, 0]);
});

for (const [side, targets, scale] of [
  [8, 4, 0.15],
  [14, 4, 0.15],
  [5, 3, 0.2],
  [2, 1, 0.3],
] as const)
  test.serial(
    `blocks on ${side} × ${side} patches: whole, apart from the context, drawn alike with and without an engine`,
    (t) => {
      const blocks = blocksOf(networkOf(side), targets, scale);
      const counts = numbersOf(blocks);
      const [n, most] = [40, 1 - 2 ** -24];
      const places = inUnit(`blocks ${side}`, n * counts.blocks).map((u, i) =>
        i < counts.blocks ? most : u,
      );
      const context = inUnit(`context ${side}`, n * counts.context);
      const drawn = drawBlocks(
        tf.tensor2d(places, [n, counts.blocks]),
        tf.tensor2d(context, [n, counts.context]),
        blocks,
        tf,
      );
      const size = blocks.long * blocks.short;
      const seen = new Set<number>();
      for (let image = 0; image < n; image++) {
        const own = (all: Float32Array, count: number) => all.slice(image * count, (image + 1) * count);
        const said = blocksAt(own(places, counts.blocks), own(context, counts.context), blocks);
        t.deepEqual(tf.slice(drawn.targets, [image * targets, 0], [targets, size]).arraySync(), said.targets);
        t.deepEqual(tf.slice(drawn.context, [image, 0], [1, blocks.kept]).arraySync(), [said.context]);
        const hidden = new Set(said.targets.flat());
        t.is(new Set(said.context).size, blocks.kept);
        t.false(said.context.some((place) => hidden.has(place)));
        for (const block of said.targets) {
          const [rows, columns] = [block.map((p) => Math.floor(p / side)), block.map((p) => p % side)];
          const span = (at: number[]) => Math.max(...at) - Math.min(...at) + 1;
          t.deepEqual([span(rows), span(columns)].sort(), [blocks.long, blocks.short].sort());
          t.is(new Set(block).size, size);
          for (const place of block) seen.add(place);
        }
      }
      const all = Array.from({ length: side }, (_, i) => i);
      const sorted = (at: Iterable<number>) => [...new Set(at)].sort((a, b) => a - b);
      t.deepEqual(sorted([...seen].map((p) => Math.floor(p / side))), all, "every row has a block");
      t.deepEqual(sorted([...seen].map((p) => p % side)), all, "every column has a block");
      t.is(farthest([size / side ** 2], [scale], 0.07), null);
    },
  );
