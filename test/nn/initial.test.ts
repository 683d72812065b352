// Initial values are distributed as they should be: filters after He et al. 2015 by their outputs, matrices and their biases as
// torch.nn.Linear. The least and most that chance does follow from the number of values.

import test, { type ExecutionContext } from "ava";
import { alone } from "../../src/engine/collective.js";
import { openEngine } from "../../src/engine/index.js";
import * as ops from "../../src/engine/ops/index.js";
import * as tf from "../../src/engine/tf.js";
import { METHODS } from "../../src/methods/registry.js";
import type { Method } from "../../src/methods/types.js";
import { keyOf } from "../../src/native/index.js";
import {
  architectureNames,
  buildNetwork,
  disposeWeights,
  getArchitecture,
  initialWeights,
  type ParameterSpec,
} from "../../src/nn/index.js";
import * as initial from "../../src/nn/initial.js";
import { heNormal, uniformByInputs } from "../../src/nn/initial.js";
import * as layers from "../../src/nn/layers.js";
import * as transformer from "../../src/nn/transformer.js";
import { initialKey } from "../../src/nn/weights.js";
import { valuesOf } from "../../src/settings/registry.js";
import { canTrain, networkNamed } from "../networks.js";

/** Standard errors that a moment may be off: over some hundred of them, that happens once in a million runs. */
const SIGMAS = 6;
const VALUES = 1 << 18;

test.before(async () => {
  await openEngine({ engine: "tensorflow", device: "cpu" });
});

const moment = (values: ArrayLike<number>, power: number): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** power;
  return sum / values.length;
};

/** Central moments of a normal distribution: E x^2p = (2p − 1)!! σ^2p, so the mean of x^p has variance (E x^2p − (E x^p)²) / n. */
function assertNormal(t: ExecutionContext, values: Float32Array, variance: number, what: string): void {
  const near = (power: number, expected: number, spread: number) => {
    const off = Math.abs(moment(values, power) - expected * variance ** (power / 2));
    const allowed = SIGMAS * Math.sqrt(spread / values.length) * variance ** (power / 2);
    t.true(off <= allowed, `${what}: moment ${power} is off by ${off}, ${allowed} allowed`);
  };
  near(1, 0, 1);
  near(2, 1, 3 - 1);
  near(3, 0, 15);
  near(4, 3, 105 - 9);
}

/** Of a uniform distribution on ±b: E x^2p = b^2p / (2p + 1). */
function assertUniform(t: ExecutionContext, values: Float32Array, bound: number, what: string): void {
  const most = values.reduce((m, value) => Math.max(m, Math.abs(value)), 0);
  t.true(most <= bound * (1 + 2 ** -23), `${what}: ${most} is beyond ${bound}`);
  for (const power of [1, 2, 3, 4]) {
    const mean = (p: number) => (p % 2 === 0 ? bound ** p / (p + 1) : 0);
    const off = Math.abs(moment(values, power) - mean(power));
    const allowed = SIGMAS * Math.sqrt((mean(2 * power) - mean(power) ** 2) / values.length);
    t.true(off <= allowed, `${what}: moment ${power} is off by ${off}, ${allowed} allowed`);
  }
}

test("He-normal values have the moments of a normal distribution of variance 2 / fan-out", (t) => {
  for (const fanOut of [9, 576, 4608])
    assertNormal(
      t,
      heNormal(fanOut)(keyOf("probeTest", fanOut), new Float32Array(VALUES)),
      2 / fanOut,
      `${fanOut}`,
    );
});

test("uniform values fill ±1/√fan-in evenly", (t) => {
  for (const fanIn of [1, 48, 2048]) {
    const values = uniformByInputs(fanIn)(keyOf("probeTest", fanIn), new Float32Array(VALUES));
    const bound = 1 / Math.sqrt(fanIn);
    assertUniform(t, values, bound, `${fanIn}`);
    // The ends are reached: that none of n values lies in the last 20/n of a side has probability e^-10.
    const [least, most] = [values.reduce((m, v) => Math.min(m, v)), values.reduce((m, v) => Math.max(m, v))];
    const edge = bound * (1 - 40 / VALUES);
    t.true(least < -edge && most > edge, `${least} to ${most} of ${bound}`);
  }
});

/** Arrays of a method on an encoder, in the order that a model has them. */
function specsOf(method: Method, network: ReturnType<typeof networkNamed>): ParameterSpec[] {
  const { dim, parameters: encoder } = network;
  const given = { network, dim, encoder, classes: 10, batch: 8, epochs: 1, collective: alone };
  const kit = { tf, ops, layers, transformer, initial };
  const { parameters, state = [] } = method.build(given, valuesOf(method.settings, {}), kit);
  return [...network.parameters, ...parameters, ...state];
}

for (const method of METHODS as readonly unknown[] as readonly Method[]) {
  if (!canTrain(method.name, networkNamed("resnet9"))) continue; // their arrays: test/train/masked.test.ts
  test.serial(`every array of ${method.name} on a ResNet-9 begins as its kind does`, (t) => {
    const specs = specsOf(method, networkNamed("resnet9"));
    const weights = initialWeights(specs, 5);
    const inputs = new Map<string, number>();
    for (const { name, layout, shape } of specs)
      if (layout === "matrix") inputs.set(name.replace(/weight$/, "bias"), shape[0] as number);
    let seen = 0;
    for (const { name, layout, shape } of specs) {
      const values = weights.get(name)?.dataSync() as Float32Array;
      if (layout === "filter") {
        const [height, width, , outputs] = shape as [number, number, number, number];
        assertNormal(t, values, 2 / (height * width * outputs), name);
        seen += 1;
      } else if (/head\.mlp\.\d\.weight$/.test(name) && layout === "matrix") {
        assertNormal(t, values, 0.02 ** 2, name); // DINO's head begins as its authors' does
      } else if (name.endsWith("weight_v")) {
        assertUniform(t, values, 1 / Math.sqrt(shape[1] as number), name);
      } else if (name === "state.queue") {
        const norms = tf.tidy(() => tf.norm(tf.tensor2d(values, shape as [number, number]), 2, 1).dataSync());
        t.true(
          norms.every((norm) => Math.abs(norm - 1) < 1e-5),
          name,
        );
      } else if ((layout === "matrix" || inputs.has(name)) && !/head\.mlp\.\d\.bias$/.test(name)) {
        const bound =
          1 / Math.sqrt(layout === "matrix" ? (shape[0] as number) : (inputs.get(name) as number));
        assertUniform(t, values, bound, name);
      } else {
        const value = /\.(weight|weight_g|running_var)$/.test(name) ? 1 : 0;
        t.true(
          values.every((v) => v === value),
          name,
        );
      }
    }
    t.is(seen, 8 * (specs.some(({ name }) => name.startsWith("state.")) ? 2 : 1));
    disposeWeights(weights);
  });
}

const vit = (initial: string) =>
  buildNetwork(getArchitecture("vit-tiny-4", { initial }), 32)
    .parameters.filter(({ name }) => !/blocks\.([1-9]|10)\./.test(name))
    .map((spec) => {
      const values = spec.initial(
        initialKey(spec.name, 5),
        new Float32Array(spec.shape.reduce((a, b) => a * b, 1)),
      );
      return [spec.name, values] as const;
    });

for (const initial of ["timm", "dino", "mae", "ijepa"])
  test(`every array of a vision transformer begins as ${initial} has it`, (t) => {
    const [dim, patch] = [192, 48];
    for (const [name, values] of vit(initial)) {
      const last = name.startsWith("blocks.11.") && /proj|fc2/.test(name) && initial === "ijepa" ? 24 : 1;
      const first = name.startsWith("blocks.0.") && /proj|fc2/.test(name) && initial === "ijepa" ? 2 : 1;
      if (/norm/.test(name))
        t.true(
          values.every((v) => v === (name.endsWith("weight") ? 1 : 0)),
          name,
        );
      else if (name === "cls_token") assertNormal(t, values, initial === "timm" ? 1e-12 : 4e-4, name);
      else if (name === "pos_embed") assertNormal(t, values, 4e-4, name);
      else if (name.startsWith("patch_embed")) {
        const isBias = name.endsWith("bias");
        if (initial === "ijepa" && isBias)
          t.true(
            values.every((v) => v === 0),
            name,
          );
        else if (initial === "ijepa") assertNormal(t, values, 4e-4, name);
        else if (initial === "mae" && !isBias) assertUniform(t, values, Math.sqrt(6 / (patch + dim)), name);
        else assertUniform(t, values, 1 / Math.sqrt(patch), name);
      } else if (name.endsWith("bias"))
        t.true(
          values.every((v) => v === 0),
          name,
        );
      else if (initial === "mae") {
        const outputs = values.length / (name.includes("fc2") ? 4 * dim : dim);
        const inputs = values.length / outputs;
        assertUniform(t, values, Math.sqrt(6 / (inputs + outputs)), name);
      } else assertNormal(t, values, 4e-4 / first / last, name);
    }
  });

test("zero-init residual is the scale of the last normalisation of each block, and of no other", (t) => {
  for (const [name, last] of [
    ["resnet18-cifar", "bn2"],
    ["resnet50", "bn3"],
  ] as const) {
    const { parameters } = buildNetwork(getArchitecture(name, { zeroInitResidual: true }), 32);
    const scales = parameters.filter((spec) => /(bn\d|downsample\.1)\.weight$/.test(spec.name));
    for (const spec of scales) {
      const [value] = spec.initial(initialKey(spec.name, 5), new Float32Array(1));
      t.is(value, spec.name.startsWith("layer") && spec.name.includes(`.${last}.`) ? 0 : 1, spec.name);
    }
  }
});

test("no two arrays of any method on any architecture share a stream", (t) => {
  const names = new Set<string>();
  for (const architecture of architectureNames())
    for (const method of METHODS as readonly unknown[] as readonly Method[]) {
      // At least 4 × 4 patches, of which some are left to be seen.
      const network = networkNamed(architecture, 4 * getArchitecture(architecture).minimumImageSize);
      if (!canTrain(method.name, network)) continue;
      for (const { name } of specsOf(method, network)) names.add(name);
    }
  const streams = new Set([...names].map((name) => JSON.stringify(initialKey(name, 0))));
  t.true(names.size > 500, `${names.size} names`);
  t.is(streams.size, names.size);
  // The first two words of `printf conv1.weight | sha256sum`.
  t.like(initialKey("conv1.weight", 5), { seed: 5, epoch: 0xf7acb1ee, sample: 0x65f1ec28, view: 0 });
});

test("an array's initial values hang on its name and the seed, not on the arrays around it", (t) => {
  const head = layers.linearSpecs("projector.0", 4, 6);
  const drawn = (specs: readonly ParameterSpec[], seed: number) => {
    const weights = initialWeights(specs, seed);
    const values = new Map([...weights].map(([name, value]) => [name, [...value.dataSync()]]));
    disposeWeights(weights);
    return values;
  };
  const alone = drawn(head, 3);
  const among = drawn([layers.convSpec("conv1", 3, 3, 8), ...[...head].reverse()], 3);
  for (const { name } of head) t.deepEqual(among.get(name), alone.get(name), name);
  const named = (name: string, seed: number) => [...drawn(layers.linearSpecs(name, 4, 6), seed).values()][0];
  t.notDeepEqual(named("projector.3", 3), named("projector.0", 3));
  t.notDeepEqual(named("projector.0", 4), named("projector.0", 3));
});
