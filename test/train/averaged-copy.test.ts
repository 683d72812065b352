// Networks that are moving averages of the trained one: what they begin with, and that no gradient is computed for them.
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { averagedCopy } from "../../src/methods/averaged-copy.js";
import { getMethod } from "../../src/methods/registry.js";
import { initialWeights, kit } from "../../src/nn/index.js";
import { linearSpecs, normSpecs } from "../../src/nn/layers.js";
import { WeightedNetwork } from "../../src/train/network.js";
import { needsOf, objectiveOf } from "../../src/train/objective.js";
import { testEngine } from "../engine-under-test.js";
import { architectureFor, networkNamed, smallWidths } from "../networks.js";
import { RECIPE } from "./helpers.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

for (const name of ["byol", "moco", "dino", "ijepa"])
  test.serial(`no gradient is computed for the averaged network of ${name}, nor kept for one`, (t) => {
    const method = getMethod(name);
    const network = networkNamed(architectureFor(name));
    const policy = method.defaults.policy as string;
    const recipe = { ...RECIPE, ...smallWidths(method), method: name, policy, localViews: 0, batch: 4 };
    const objective = objectiveOf(method, recipe, network);
    const specs = [...network.parameters, ...objective.parameters, ...(objective.state ?? [])];
    tf.tidy(() => {
      // Variables that could all be learned, so that a gradient is seen wherever it goes.
      const weights = new Map(
        [...initialWeights(specs, 1)].map(([key, value]) => [key, tf.variable(value, true)] as const),
      );
      const { views, noise = {} } = needsOf(method, recipe, network);
      const batch = {
        views: views.map(() => tf.randomUniform([4, 16, 16, 3], -1, 1, "float32", 3)) as [tf.Tensor4D],
        labels: tf.tensor1d([], "int32"),
        noise: Object.fromEntries(
          Object.entries(noise).map(([key, count]) => [key, tf.randomUniform([4, count]) as tf.Tensor2D]),
        ),
      };
      const at = Object.fromEntries(
        Object.keys(objective.schedules ?? {}).map((key) => [key, tf.scalar(0.1)]),
      );
      const nets = new WeightedNetwork(network, weights).nets(() => {});
      const { grads } = tf.variableGrads(() => objective.loss(batch, nets, at).loss, [...weights.values()]);
      const isReached = (key: string) => grads[(weights.get(key) as tf.Variable).name] !== undefined;
      const copies = (objective.state ?? [])
        .map((spec) => spec.name)
        .filter((key) => !/queue|center/.test(key));
      t.true(copies.length >= network.parameters.length);
      t.deepEqual(copies.filter(isReached), []);
      t.true(
        network.parameters.some((spec) => isReached(spec.name)),
        "the trained network is reached",
      );
    });
  });

test.serial("parameters are averaged, running statistics stay its own", (t) => {
  const specs = [...linearSpecs("head.0", 2, 2), ...normSpecs("head.1", 2)];
  const [equal, other] = [true, false].map((copies) => averagedCopy(kit, "state.t.", specs, { copies }));
  t.deepEqual(
    equal?.state.map(({ copyOf }) => copyOf),
    specs.map((spec) => spec.name),
  );
  t.true(other?.state.every(({ copyOf, isLearned }) => copyOf === undefined && !isLearned));
  const value = (key: string, number: number) =>
    [
      key,
      tf.variable(tf.fill(specs.find((spec) => key.endsWith(spec.name))?.shape as number[], number)),
    ] as const;
  const weights = new Map([
    ...specs.map((spec) => value(spec.name, 4)),
    ...specs.map((spec) => value(`state.t.${spec.name}`, 0)),
  ]);
  equal?.update({ weights, training: true }, 0.25);
  for (const { name, isLearned } of specs) {
    t.is(weights.get(name)?.dataSync()[0], 4, name);
    t.is(weights.get(`state.t.${name}`)?.dataSync()[0], isLearned ? 1 : 0, name);
  }
  tf.dispose([...weights.values()]);
});
