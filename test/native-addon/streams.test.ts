import test from "ava";
import { getPolicy, openPolicy } from "../../src/augment/index.js";
import {
  createPack,
  keyOf,
  purposes,
  randomPermutation,
  STREAMS,
  type Stream,
  type StreamName,
  viewKeys,
} from "../../src/native/index.js";

const names = Object.keys(STREAMS) as StreamName[];
const FIELDS = ["epoch", "sample", "view"] as const;

test("no two streams share a key", (t) => {
  const range = (field: Stream["epoch"]) => (typeof field === "number" ? ([field, field] as const) : field);
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const [one, other]: Stream[] = [STREAMS[a], STREAMS[b]];
      const apart = FIELDS.some((field) => {
        const [first, second] = [range((one as Stream)[field]), range((other as Stream)[field])];
        return first[1] < second[0] || second[1] < first[0];
      });
      t.true(apart || one?.purpose !== other?.purpose, `${a} and ${b}`);
    }
  }
});

test("the keys that results hang on stay what they were", (t) => {
  const { epochOrder, weightInit, syntheticImages, evaluation } = purposes;
  const at = (purpose: number, epoch: number, sample: number, view: number) => ({
    seed: 5,
    purpose,
    epoch,
    sample,
    view,
  });
  t.deepEqual(keyOf("epochOrder", 5, { epoch: 3 }), at(epochOrder, 3, 0, 0));
  t.deepEqual(keyOf("initialWeight", 5, { epoch: 3, sample: 7 }), at(weightInit, 3, 7, 0));
  t.deepEqual(keyOf("syntheticImage", 5, { sample: 7, view: 2 }), at(syntheticImages, 0, 7, 2));
  t.deepEqual(keyOf("probeStrength", 5), at(evaluation, 0, 1, 0));
  t.deepEqual(keyOf("probeOrder", 5, { epoch: 29 }), at(evaluation, 29, 2, 0));
  t.deepEqual(keyOf("probeHeldOut", 5), at(evaluation, 0, 3, 0));
  t.deepEqual(keyOf("probeTest", 5), at(evaluation, 0, 4, 0));
  t.deepEqual(keyOf("probeTrain", 5), at(evaluation, 0, 5, 0));
  t.deepEqual(keyOf("bootstrap", 5, { epoch: 131, sample: 2 }), at(evaluation, 131, 2, 1));
  t.deepEqual(keyOf("convergence", 5, { sample: 7 }), at(evaluation, 900, 7, 1));
  t.deepEqual(keyOf("nearestReferences", 5), at(evaluation, 901, 0, 1));
  t.deepEqual(keyOf("curate", 5, { sample: 2 }), at(evaluation, 902, 2, 1));
  t.deepEqual(viewKeys("trainViews", 5, 4), { seed: 5, purpose: purposes.trainViews, epoch: 4 });
  t.deepEqual(viewKeys("scoreViews", 5), { seed: 5, purpose: purposes.scoreViews, epoch: 0 });
});

test("images to localise on and images that choose a probe's C are drawn apart", (t) => {
  const order = (key: Parameters<typeof randomPermutation>[0]) =>
    randomPermutation(key, new Uint32Array(100));
  t.notDeepEqual(order(keyOf("localize", 1, { sample: 1 })), order(keyOf("probeStrength", 1)));
});

test("a key outside its stream is refused", (t) => {
  for (const at of [{}, { sample: 100 }, { sample: -1 }, { sample: 0.5 }, { sample: 0, epoch: 900 }])
    t.throws(() => keyOf("curate", 0, at), { code: "INTERNAL", message: /random stream curate/ });
});

const pack = createPack(new Uint8Array(40 * 40 * 3).fill(90), Uint32Array.of(40), Uint32Array.of(40));
const [slots, samples] = [Uint32Array.of(0), Uint32Array.of(3)];

test("views of one group never repeat the random numbers of the next, whatever their number", (t) => {
  const open = openPolicy(getPolicy("dino", { imageSize: 32 }));
  const selection = { slots, samples, ...viewKeys("trainViews", 1) };
  const [own] = open.policy.groups.map(({ views }) => views) as [number];
  const views = own + 1;
  t.throws(() => open.drawViews(pack, { ...selection, views }), {
    code: "INTERNAL",
    message: /at most 1 views of group 0 of the policy dino/,
  });
  t.throws(() => open.request({ ...selection, views }), { code: "INTERNAL" });
  // Said where they begin, or with no group behind them, any number goes.
  t.is(open.drawViews(pack, { ...selection, views, firstView: 0 })[0]?.length, views);
  const last = open.policy.groups.length - 1;
  t.is(open.drawViews(pack, { ...selection, group: last, views: 30 })[0]?.length, 30);
  t.is(open.firstView(1), own);
  t.is(open.request({ ...selection, group: 1 }).request.firstView, own);
});
