// DINO: its loss against equation 1 and PyTorch, training steps against PyTorch (test/golden/torch/make_dino.py), and what it refuses.
import test from "ava";
import { getPolicy } from "../../src/augment/index.js";
import { alone } from "../../src/engine/collective.js";
import { openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { dinoLoss } from "../../src/methods/dino-loss.js";
import { getMethod } from "../../src/methods/registry.js";
import { vit } from "../../src/nn/architectures/vit.js";
import { type Architecture, buildNetwork, getArchitecture } from "../../src/nn/index.js";
import { valuesOf } from "../../src/settings/registry.js";
import { checkViews } from "../../src/train/check-views.js";
import { learningRateAt } from "../../src/train/index.js";
import { TrainingModel } from "../../src/train/model.js";
import { objectiveOf } from "../../src/train/objective.js";
import { farthest } from "../close.js";
import { uniform } from "../counted.js";
import { testEngine } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import { assertChanges, assertLosses, joined, pairsOf, readGolden, startOf } from "./golden-steps.js";
import { RECIPE } from "./helpers.js";

const golden = readGolden("dino.json");
const { steps, warmup, batch, imageSize, local: localSide } = golden;
const dino = getMethod("dino");

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

/** Rows of numbers on [-1, 1), as make_dino.py has them. */
const rowsOf = (name: string, { images, locals, prototypes }: Shape, count: number) =>
  Array.from({ length: count }, (_, row) =>
    uniform(`${name} ${images} ${locals}`, count * prototypes).slice(
      row * prototypes,
      (row + 1) * prototypes,
    ),
  );
interface Shape {
  images: number;
  locals: number;
  prototypes: number;
}

/** Equations 1 and 3 as they stand: every pair of a teacher's view and another view of the student. */
function slowly(student: number[][][], teacher: number[][][]): number {
  const softmax = (x: number[]) => {
    const sum = x.reduce((all, value) => all + Math.exp(value), 0);
    return x.map((value) => Math.exp(value) / sum);
  };
  let [total, terms] = [0, 0];
  for (const [t, images] of teacher.entries())
    for (const [v, others] of student.entries()) {
      if (v === t) continue;
      for (const [image, logits] of images.entries()) {
        const [q, p] = [softmax(logits), softmax(others[image] as number[])];
        total -= q.reduce((sum, share, k) => sum + share * Math.log(p[k] as number), 0);
        terms += 1;
      }
    }
  return total / terms;
}

for (const { loss, entropy, gradient, ...shape } of golden.cases) {
  const { images, locals } = shape as Shape;
  test.serial(
    `the loss of ${images} images with ${locals} local views is equation 1's and PyTorch's`,
    (t) => {
      const center = rowsOf("center", shape, 1)[0] as Float64Array;
      const teacher = rowsOf("teacher", shape, 2 * images).map((row) =>
        [...row].map((value, k) => (value - 0.2 * (center[k] as number)) / golden.teacherTemperature),
      );
      const raw = rowsOf("student", shape, (2 + locals) * images);
      const tensors = { teacher: tf.tensor2d(teacher) };
      const of = (x: tf.Tensor) =>
        dinoLoss({ tf, ops }, { ...tensors, student: tf.div(x, golden.studentTemperature) as tf.Tensor2D });
      const flat = tf.tensor2d(raw.map((row) => [...row]));
      const { value, grad } = tf.valueAndGrad((x) => of(x).loss)(flat);
      t.is(farthest(value.dataSync(), [loss], 0, 2e-6), null);
      t.is(farthest(of(flat).entropy.dataSync(), [entropy], 0, 2e-6), null);
      t.is(farthest(grad.dataSync(), gradient, 2e-6), null);
      const student = raw.map((row) => [...row].map((value) => value / golden.studentTemperature));
      const views = Array.from({ length: 2 + locals }, (_, view) =>
        Array.from({ length: images }, (_, image) => {
          const row = view < 2 ? view * images + image : 2 * images + image * locals + view - 2;
          return student[row] as number[];
        }),
      );
      const slow = slowly(views, [teacher.slice(0, images), teacher.slice(images)]);
      t.is(farthest(value.dataSync(), [slow], 0, 2e-6), null);
      // A teacher's own logits are not learned from.
      const zeros = tf.grad((x) => dinoLoss({ tf, ops }, { student: flat, teacher: x as tf.Tensor2D }).loss);
      t.deepEqual(new Set(zeros(tensors.teacher).dataSync()), new Set([0]));
    },
  );
}

/** The local views of a step: [batch · count, side, side, 3], those of an image side by side. */
const localViews = (step: number, count: number) =>
  joined(
    Array.from({ length: batch * count }, (_, place) =>
      Float32Array.from(
        uniform(`local ${step} ${Math.floor(place / count)} ${place % count}`, localSide ** 2 * 3),
      ),
    ),
  );

for (const { losses, lossRounding, metrics, rates, arrays, still, name, ...settings } of golden.runs) {
  test.serial(`five steps agree with PyTorch: ${name}`, (t) => {
    const recipe = {
      ...RECIPE,
      imageSize,
      batch,
      warmup,
      epochs: steps,
      ...settings,
    };
    const before = tf.memory().numTensors;
    const model = new TrainingModel(recipe, { stored: startOf(arrays) });
    const seen: number[] = [];
    for (let step = 0; step < steps; step++) {
      const rate = learningRateAt(step, steps, warmup, settings.learningRate);
      t.is(farthest([rate], [rates[step]], 0, 1e-12), null, `rate of step ${step}`);
      const pairs = pairsOf(golden, step);
      const views = model.needs.views.map(({ count }, view) =>
        view < 2
          ? {
              data: joined(pairs.filter((_, place) => place % 2 === view)),
              height: imageSize,
              width: imageSize,
            }
          : { data: localViews(step, count), height: localSide, width: localSide },
      );
      const result = model.step({ views }, rate, { step, steps, epoch: step, epochs: steps });
      const read = (x: tf.Scalar) => x.dataSync()[0] as number;
      seen.push(read(result.loss));
      for (const [name, value] of Object.entries(metrics[step]))
        t.is(farthest([read(result.metrics[name] as tf.Scalar)], [value as number], 1e-3), null, name);
      tf.dispose([result.loss, ...Object.values(result.metrics)]);
    }
    const after = snapshot(model.weights());
    model.dispose();
    t.is(tf.memory().numTensors, before, "nothing is left behind");
    assertLosses(t, seen, losses, lossRounding);
    assertChanges(t, arrays, after, still);
  });
}

test.serial(
  "a transformer takes local views of its patches; all but biases and what has one axis is decayed",
  (t) => {
    const before = tf.memory().numTensors;
    const architecture = vit({
      name: "vit-toy",
      patch: 4,
      dim: 16,
      heads: 2,
      blocks: 2,
    }) as unknown as Architecture;
    const own = { method: "dino", policy: "dino", prototypes: 6, localViews: 2, dropPath: 0.5 };
    const recipe = { ...RECIPE, ...own, batch: 2, epochs: 2, optimizer: "adamw" };
    const model = new TrainingModel(recipe, { architecture });
    const start = snapshot(model.weights());
    const views = model.needs.views.map(({ count }, view) => {
      const side = view < 2 ? 16 : 8;
      const data = Float32Array.from(uniform(`view ${view}`, 2 * count * side * side * 3));
      return { data, height: side, width: side };
    });
    const numbers = Object.entries(model.needs.noise ?? {}).map(
      ([name, each]) => [name, Float32Array.from(uniform(name, 2 * each), (u) => (u + 1) / 2)] as const,
    );
    const at = { step: 0, steps: 2, epoch: 0, epochs: 2 };
    const { loss, metrics } = model.step({ views, noise: Object.fromEntries(numbers) }, 0.01, at);
    t.true(Number.isFinite(loss.dataSync()[0]));
    tf.dispose([loss, ...Object.values(metrics)]);
    const after = snapshot(model.weights());
    const moved = (name: string) =>
      after.get(name)?.data.some((value, i) => value !== start.get(name)?.data[i]) ?? false;
    for (const name of [
      "pos_embed",
      "cls_token",
      "head.mlp.0.weight",
      "state.teacher.pos_embed",
      "state.center",
    ])
      t.true(moved(name), name);
    t.false(moved("head.last_layer.weight_v"), "frozen in the first epoch");
    t.is(model.exports, "state.teacher.");
    model.dispose();
    t.is(tf.memory().numTensors, before);
    const network = buildNetwork(architecture, 16);
    const { parameters, rules = [] } = objectiveOf(dino, recipe, network);
    for (const spec of [...network.parameters, ...parameters].filter(({ isLearned }) => isLearned)) {
      const unruled = spec.isDecayed ? 0.3 : 0;
      const decay = rules.find((rule) => rule.matches(spec))?.decay?.(unruled, 0.3, at) ?? unruled;
      t.is(decay, spec.name.endsWith(".bias") || spec.shape.length === 1 ? 0 : 0.3, spec.name);
    }
  },
);

test("a collapse is told by entropy and divergence, a healthy teacher is not called one", (t) => {
  const says = (entropy: number, divergence: number) =>
    dino.collapse?.(
      { loss: entropy + divergence, metrics: { entropy, divergence } },
      valuesOf(dino.settings, { prototypes: 4096 }),
    );
  t.regex(says(8.31, 0.001) ?? "", /stayed at ln\(prototypes\).*8\.31 of at most ln\(4096\) = 8\.318/);
  t.regex(says(0.02, 0.001) ?? "", /one prototype/);
  t.is(says(3, 0.9), null);
  t.is(says(8.31, 0.9), null, "the student still learns");
  t.is(says(3, 0.01), null);
});

test.serial(
  "views are two global ones of the policy's first groups, and small ones where they are wanted",
  (t) => {
    const network = buildNetwork(getArchitecture("resnet9"), 32);
    const needsOf = (policy: string, localViews: number) =>
      dino.needs(valuesOf(dino.settings, { localViews }), network, getPolicy(policy, { imageSize: 32 }))
        .views;
    const one = { count: 1 };
    t.deepEqual(needsOf("dino", 3), [
      { group: 0, ...one },
      { group: 1, ...one },
      { group: 2, count: 3 },
    ]);
    t.deepEqual(needsOf("dino", 0), [
      { group: 0, ...one },
      { group: 1, ...one },
    ]);
    t.deepEqual(needsOf("simclr", 0), [
      { group: 0, ...one },
      { group: 0, ...one },
    ]);
    t.throws(() => needsOf("simclr", 3), { code: "USAGE", message: /--local-views 3 but received simclr/ });
  },
);

test.serial(
  "local views fill patches of 8 pixels, and an architecture that cannot see them is refused",
  (t) => {
    for (const [imageSize, side] of [
      [8, 8],
      [32, 16],
      [64, 24],
      [96, 40],
      [224, 96],
    ] as const)
      t.is(getPolicy("dino", { imageSize }).groups[2]?.size[0], side);
    const needs = {
      views: [
        { group: 0, count: 1 },
        { group: 2, count: 1 },
      ],
    };
    const check = (arch: string, imageSize: number) =>
      checkViews(needs, { policy: "dino", imageSize }, getArchitecture(arch));
    check("resnet50", 80);
    t.throws(() => check("resnet50", 64), { code: "USAGE", message: /"local" have 24 pixels a side/ });
    t.throws(() => check("vit-small-16", 96), { code: "USAGE", message: /"local" have 40 pixels a side/ });
  },
);

test.serial("epochs beyond the end of the training are refused, those up to it are not", (t) => {
  const network = buildNetwork(getArchitecture("resnet9"), 16);
  const build = (settings: object) =>
    objectiveOf(dino, { ...RECIPE, policy: "dino", epochs: 3, ...settings }, network, { collective: alone });
  const start = { teacherTemperatureStart: 0.02 };
  t.notThrows(() => build({ freezeLastLayer: 3, teacherTemperatureWarmup: 3, ...start }));
  t.throws(() => build({ freezeLastLayer: 4 }), {
    code: "USAGE",
    message: /--freeze-last-layer to end within .* --epochs 3, but received 4/,
  });
  t.throws(() => build({ teacherTemperatureWarmup: 4, ...start }), {
    code: "USAGE",
    message: /--teacher-temperature-warmup .* but received 4/,
  });
  // A way from one temperature to another has a beginning and a length; another temperature alone needs neither.
  t.throws(() => build(start), {
    code: "USAGE",
    message: /--teacher-temperature-warmup with --teacher-temperature-start 0.02,.* received none/,
  });
  t.throws(() => build({ teacherTemperatureWarmup: 2 }), {
    code: "USAGE",
    message: /--teacher-temperature-start with --teacher-temperature-warmup 2,.* received none/,
  });
  t.notThrows(() => build({ teacherTemperature: 0.07 }));
  t.notThrows(() => build({ ...start, teacherTemperature: 0.02 }));
});
