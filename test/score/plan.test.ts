import test from "ava";
import fc from "fast-check";
import { resolveSettings } from "../../src/config/resolve.js";
import { planParts } from "../../src/score/index.js";
import { scoreRecipe } from "../../src/steps/score.js";

const upTo = (max: number) => fc.integer({ min: 1, max });

test("parts cover every batch once, in order, as evenly as whole batches go, whatever their number", (t) => {
  fc.assert(
    fc.property(fc.nat(5000), upTo(64), upTo(200), upTo(12), (images, batch, parts, shards) => {
      const plan = planParts(images, batch, parts, "d");
      const batches = Math.ceil(images / batch);
      t.is(plan.length, Math.min(parts, batches));
      let at = 0;
      for (const { first, end } of plan) {
        t.is(first, at);
        t.true(end > first);
        at = end;
      }
      t.is(at, batches);
      const sizes = plan.map(({ first, end }) => end - first);
      t.true(Math.max(0, ...sizes) - Math.min(Infinity, ...sizes) <= 1);
      t.is(new Set(plan.map(({ path }) => path)).size, plan.length);
      // Names in the order of the images, so that a sorted list of files is one of images.
      t.deepEqual(
        plan.map(({ path }) => path).sort(),
        plan.map(({ path }) => path),
      );
      // Every part is some shard's and no other's: a shard takes the parts whose number leaves its own.
      const taken = Array.from({ length: shards }, (_, shard) =>
        plan.filter((_, part) => part % shards === shard),
      ).flat();
      t.deepEqual(taken.map(({ first }) => first).sort(), plan.map(({ first }) => first).sort());
    }),
  );
});

test("a part says of an architecture what scoring reads: not how it began, nor what only training draws", (t) => {
  const of = (options: Record<string, unknown>) =>
    scoreRecipe(
      resolveSettings({ flags: new Map(), options: new Map(Object.entries(options)) as never }).settings,
    ).architectureSettings;
  t.is(of({ arch: "resnet18-cifar", zeroInitResidual: true }), undefined);
  const vit = { arch: "vit-tiny-8", imageSize: 16, initial: "mae", dropPath: 0.2 };
  t.is(of(vit), undefined);
  t.deepEqual(of({ ...vit, classToken: false, positions: "sincos" }), {
    classToken: false,
    positions: "sincos",
  });
});
