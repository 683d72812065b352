// Mistakes in a method, an optimiser or an architecture of one's own: one sentence that names it, as wrong usage, not as a bug.
import test, { type ExecutionContext } from "ava";
import { openEngine } from "../../src/engine/index.js";
import * as tf from "../../src/engine/tf.js";
import { SslMemError } from "../../src/errors.js";
import { type Method, method, type Objective } from "../../src/methods/types.js";
import { buildNetwork, getArchitecture, type Network } from "../../src/nn/index.js";
import { OPTIMIZERS } from "../../src/optimizers/registry.js";
import { type OptimizerDefinition, optimizer } from "../../src/optimizers/types.js";
import { TrainingModel } from "../../src/train/model.js";
import { testEngine } from "../engine-under-test.js";
import { RECIPE } from "./helpers.js";
import { stepOf } from "./step.js";
import { squares } from "./toys.js";

test.before(async () => {
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

/** A method called "own" that is right but for these changes of its objective, and of itself. */
const own = (changes: Partial<Objective> = {}, of: Partial<Method> = {}): Method =>
  method({
    name: "own",
    summary: "for tests",
    settings: {},
    defaults: {},
    needs: () => ({ views: [{ group: 0, count: 1 }] }),
    build: (given, settings, kit) => ({ ...squares(given, settings, kit), ...changes }),
    ...of,
  }) as unknown as Method;

const scalar = () => tf.scalar(1);
const lossOf = (outcome: unknown): Partial<Objective> => ({
  loss: ((
    { views: [x] }: { views: [tf.Tensor4D] },
    { encode }: { encode: (x: tf.Tensor4D) => { pooled: tf.Tensor } },
  ) => {
    const loss = tf.mean(encode(x).pooled);
    return typeof outcome === "function" ? outcome(loss) : outcome;
  }) as never,
});

/** Makes a model and does one step. */
function trains(of: Method, more: { architecture?: never; optimizer?: string } = {}): void {
  const { optimizer: name = RECIPE.optimizer, ...options } = more;
  const model = new TrainingModel({ ...RECIPE, batch: 4, optimizer: name }, { method: of, ...options });
  try {
    const data = Float32Array.from({ length: 4 * 16 * 16 * 3 }, (_, i) => Math.sin(i));
    stepOf(model, { views: [{ data, height: 16, width: 16 }] }, 0.01, 0);
  } finally {
    model.dispose();
  }
}

/** The one sentence that is said. */
function said(t: ExecutionContext, work: () => void, ...parts: readonly RegExp[]): SslMemError {
  const error = t.throws(work, { instanceOf: SslMemError }) as SslMemError;
  t.is(error.code, "USAGE", error.message);
  t.regex(error.message, /^Expected .*\.$/);
  for (const part of parts) t.regex(error.message, part);
  t.regex(error.hint ?? "", /docs\/extending\.md/);
  return error;
}

test.serial("a method without a mistake trains", (t) => {
  t.notThrows(() => trains(own()));
});

const METHODS: Record<string, [Method, RegExp]> = {
  "a loss that is no scalar": [
    own(lossOf((loss: tf.Tensor) => ({ loss: tf.stack([loss, loss]) }))),
    /float32 scalar as the loss of method "own" but received a tensor of shape \[2\]/,
  ],
  "a loss that is a number": [own(lossOf({ loss: 3 })), /the loss of method "own" but received a number/],
  "no outcome": [own(lossOf(undefined)), /the loss of method "own" but received nothing/],
  "a loss without arrays in it": [
    own(lossOf(() => ({ loss: tf.scalar(1) }))),
    /the loss of method "own" to work but it threw/,
  ],
  "a metric that is no scalar": [
    own(
      lossOf((loss: tf.Tensor) => ({ loss, metrics: { accuracy: tf.tensor1d([1, 2]) } })),
      { metrics: { accuracy: "how often" } },
    ),
    /scalar as the metric "accuracy" of method "own" but received a tensor of shape \[2\]/,
  ],
  "a metric that is not declared": [
    own(
      lossOf((loss: tf.Tensor) => ({ loss, metrics: { hits: scalar() } })),
      { metrics: { accuracy: "how often" } },
    ),
    /metrics that method "own" declares \(accuracy\) but its loss gives "hits"/,
  ],
  "something carried that has no rows": [
    own(lossOf((loss: tf.Tensor) => ({ loss, carry: { mean: scalar() } }))),
    /rows on the first axis of "mean".* method "own"/,
  ],
  "noise that is not declared": [
    own({ loss: ({ noise }) => ({ loss: tf.mean(noise.mask as tf.Tensor) }) }),
    /the loss of method "own" to ask for what is declared but it asked for noise "mask"/,
  ],
  "a schedule that is not declared": [
    own({ loss: (_batch, _nets, { pace }) => ({ loss: tf.mul(pace as tf.Scalar, 1) }) }),
    /asked for schedule "pace"/,
  ],
  "state that is not declared": [
    own({ loss: (_batch, { head }) => ({ loss: tf.mean(head.weights.get("state.queue") as tf.Variable) }) }),
    /asked for array "state\.queue"/,
  ],
  "a copy of the encoder that is not declared": [
    own({
      loss: ({ views: [x] }, { encode }) => ({
        loss: tf.mean(encode(x, { arrays: "state.teacher." }).pooled),
      }),
    }),
    /there are none under "state\.teacher\."/,
  ],
  "something to carry that is not there": [
    own({ after: (_nets, { rows }) => void (rows as tf.Tensor).shape }),
    /after\(\) of method "own" .* asked for carry "rows"/,
  ],
  "a schedule that is no number": [
    own({ schedules: { pace: () => "fast" as never } }),
    /number from the schedule "pace" of method "own" but received fast/,
  ],
  "a parameter with a wrong prefix": [
    own(
      {},
      {
        build: (given, settings, { layers, ...kit }) => ({
          ...squares(given, settings, { layers, ...kit }),
          parameters: layers.linearSpecs("mine.fc", given.dim, 5),
        }),
      },
    ),
    /begin with "projector\.", "predictor\.", "head\." for the parameters of method "own" but received "mine\.fc\.weight"/,
  ],
  "a parameter twice": [
    own(
      {},
      {
        build: (given, settings, { layers, ...kit }) => ({
          ...squares(given, settings, { layers, ...kit }),
          parameters: [
            ...layers.linearSpecs("head.fc", given.dim, 5),
            ...layers.linearSpecs("head.fc", 5, 5),
          ],
        }),
      },
    ),
    /each array of method "own" but two are called "head\.fc\.weight"/,
  ],
  "a layer's parameters that are not declared": [
    own({
      loss: ({ views: [x] }, { encode, head }) => ({
        loss: tf.mean(tf.matMul(encode(x).pooled, head.weights.get("head.fx.weight") as never)),
      }),
    }),
    /array "head\.fx\.weight"/,
  ],
  "a build that throws": [
    own(
      {},
      {
        build: () => {
          throw new TypeError("x is not a function");
        },
      },
    ),
    /build\(\) of method "own" to work but it threw: x is not a function\./,
  ],
  "no views": [own({}, { needs: () => ({ views: [] }) }), /method "own" to need some views/],
  "a count of views that is none": [
    own({}, { needs: () => ({ views: [{ group: 0, count: 0.5 }] }) }),
    /views of method "own" but received group 0, count 0\.5/,
  ],
  "a rule that throws": [
    own({
      rules: [
        {
          matches: () => {
            throw new Error("no");
          },
        },
      ],
    }),
    /a rule of method "own" to work but it threw: no\./,
  ],
};
for (const [name, [of, sentence]] of Object.entries(METHODS))
  test.serial(`of a method: ${name}`, (t) => {
    said(t, () => trains(of), sentence);
  });

test.serial("what was thrown is the cause", (t) => {
  const thrown = new Error("first line\nsecond line");
  const of = own({
    loss: () => {
      throw thrown;
    },
  });
  const error = said(t, () => trains(of), /the loss of method "own" to work but it threw: first line\.$/);
  t.is(error.cause, thrown);
  const full = new SslMemError("ENGINE", "Not enough memory on cpu.");
  const engine = own({
    loss: () => {
      throw full;
    },
  });
  t.is(
    t.throws(() => trains(engine)),
    full as never,
    "no fault of the method",
  );
});

test.serial("of an optimiser: slots twice, slots that are not declared, an update that throws", (t) => {
  const list = OPTIMIZERS as unknown as OptimizerDefinition[];
  const of = (slots: string[], update: OptimizerDefinition["update"]) => {
    const made = optimizer({ name: "ownsgd", summary: "", settings: {}, slots, update });
    list.push(made);
    try {
      return said(t, () => trains(own(), { optimizer: "ownsgd" }), /optimizer "ownsgd"/).message;
    } finally {
      list.splice(list.indexOf(made), 1);
    }
  };
  t.regex(
    of(["m", "m"], () => {}),
    /each slot .* once but "m" is there twice/,
  );
  t.regex(
    of(["m"], ({ slot }) => void slot("n")),
    /declares \(m\) but received "n"/,
  );
  t.regex(
    of([], () => {
      throw new Error("no");
    }),
    /update\(\) .* it threw: no\./,
  );
});

test("of an architecture: names twice or of a method, features of another shape, a pass that throws", (t) => {
  const network = (changes: Partial<Network>) => {
    const whole = getArchitecture("resnet9");
    const architecture = {
      ...whole,
      name: "ownnet",
      network: (image: Parameters<typeof whole.network>[0]) => ({ ...whole.network(image), ...changes }),
    };
    return buildNetwork(architecture, 16);
  };
  const [first] = network({}).parameters as [Network["parameters"][number]];
  const refused = (changes: Partial<Network>) =>
    said(t, () => network(changes), /architecture "ownnet"/).message;
  t.regex(refused({ parameters: [first, first] }), /two are called "conv1\.weight"/);
  t.regex(refused({ parameters: [{ ...first, name: "head.weight" }] }), /received "head\.weight"/);
  t.regex(refused({ layers: ["a", "b", "a"] }), /"a" is there twice/);
  t.regex(refused({ dim: 0 }), /received 0/);
  const passes = (changes: Partial<Network>) => {
    const forward = () => network(changes).forward(tf.zeros([2, 16, 16, 3]), {} as never);
    return said(t, () => void forward(), /architecture "ownnet"/).message;
  };
  const none = () => ({}) as never;
  t.regex(passes({ forward: none }), /"pooled" of shape \[2, 256\] .* received none/);
  t.regex(passes({ forward: () => ({ pooled: tf.zeros([2, 3]) }) as never }), /those of shape \[2, 3\]/);
  const pooled = tf.zeros([2, 256]) as tf.Tensor2D;
  t.regex(passes({ map: true, forward: () => ({ pooled }) }), /"map" of shape/);
  t.regex(
    passes({ tokens: { classToken: true }, map: false, forward: () => ({ pooled }) }),
    /"tokens" of shape/,
  );
  t.regex(
    passes({
      forward: () => {
        throw new Error("no such axis");
      },
    }),
    /the forward pass of .* it threw: no such axis\./,
  );
});
