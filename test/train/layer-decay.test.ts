// Layer-wise decay of the learning rate against timm's: test/golden/torch/make_layers.py.
import { readFileSync } from "node:fs";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { resnet9Of } from "../../src/nn/architectures/resnet9.js";
import { depthsOf } from "../../src/nn/depth.js";
import { buildNetwork, getArchitecture, type Network } from "../../src/nn/index.js";
import { layerFactors } from "../../src/train/layer-decay.js";
import { TrainingModel } from "../../src/train/model.js";
import { testEngine } from "../engine-under-test.js";
import { snapshot } from "../snapshot.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";

const path = new URL("../../../test/golden/torch/layers.json", import.meta.url).pathname;
const { decay, models } = JSON.parse(readFileSync(path, "utf8"));

test("factors of every parameter are timm's", (t) => {
  for (const [model, factors] of Object.entries<[string, number][]>(models)) {
    const ours = { resnet18: "resnet18", resnet50: "resnet50", vit_tiny_patch16_224: "vit-tiny-16" }[model];
    const network = buildNetwork(getArchitecture(ours as string), 64);
    const factor = layerFactors(network, decay, model);
    const names = new Set(network.parameters.map(({ name }) => name));
    for (const [name, expected] of factors) {
      t.true(names.has(name), name);
      t.true(Math.abs(factor(name) - expected) < 1e-12, `${model} ${name}: ${factor(name)} for ${expected}`);
    }
    t.is(factor("projector.0.weight"), 1);
    t.is(layerFactors(network, 1, model)("conv1.weight"), 1);
  }
});

test("ResNet-9's convolutions are its layers; a network without any is refused by name", (t) => {
  const { of, head } = depthsOf(buildNetwork(getArchitecture("resnet9"), 16)) as NonNullable<
    ReturnType<typeof depthsOf>
  >;
  t.deepEqual([of.get("conv1.weight"), of.get("bn1.bias"), of.get("conv8.weight"), head], [0, 0, 7, 8]);
  const flat = { parameters: [{ name: "embed.weight" }] } as unknown as Network;
  t.notThrows(() => layerFactors(flat, 1, "flat"));
  const error = t.throws(() => layerFactors(flat, 0.5, "flat"), { code: "USAGE" });
  t.regex(error?.message ?? "", /--layer-decay 0.5 but received flat/);
});

test("a step moves each layer by its factor, and decays towards the end value", async (t) => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
  const views = [
    { data: Float32Array.from({ length: 8 * 16 * 16 * 3 }, (_, i) => Math.sin(i)), height: 16, width: 16 },
  ];
  const architecture = resnet9Of([4, 4, 4, 4, 8, 8, 8, 8]);
  const moved = (changes: object, step = 0) => {
    const model = new TrainingModel({ ...RECIPE, batch: 4, ...changes }, { architecture });
    const before = snapshot(model.weights());
    stepOf(model, { views }, 0.1, step, 4);
    const after = snapshot(model.weights());
    model.dispose();
    return (name: string) => {
      const [a, b] = [after.get(name)?.data, before.get(name)?.data] as [Float32Array, Float32Array];
      return a.map((value, i) => value - (b[i] as number));
    };
  };
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
  const near = (found: number, expected: number, what: string) =>
    t.true(Math.abs(found / expected - 1) < 1e-4, `${what}: ${found} for ${expected}`);
  const [plain, layered] = [moved({ weightDecay: 0 }), moved({ weightDecay: 0, layerDecay: 0.5 })];
  for (const [name, factor] of [
    ["conv1.weight", 0.5 ** 8],
    ["conv8.weight", 0.5],
    ["bn8.bias", 0.5],
    ["projector.3.weight", 1],
  ] as const)
    near(norm(layered(name)) / norm(plain(name)), factor, name);
  // Half way along a cosine from 0.1 to 0.5: what decay adds to a step is three times that of 0.1.
  const added = (changes: object, step: number) => {
    const [with0, without] = [moved(changes, step), moved({ weightDecay: 0 }, step)];
    const other = without("conv1.weight");
    return norm(with0("conv1.weight").map((value, i) => value - (other[i] as number)));
  };
  near(added({ weightDecay: 0.1, weightDecayEnd: 0.5 }, 2) / added({ weightDecay: 0.1 }, 2), 3, "decay");
});
