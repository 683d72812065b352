import test from "ava";
import fc from "fast-check";
import { ImageList } from "../../src/data/image-list.js";
import { makeSplit, type Split, type SplitOptions, SUBSETS } from "../../src/data/index.js";
import type { SplitPool } from "../../src/data/make-split.js";

/** A data set and a division of it that it is large enough for, with some images left over. */
interface Case {
  pool: SplitPool;
  options: SplitOptions;
  spare: number;
}

const sizes = fc.record({
  shared: fc.integer({ min: 2, max: 40 }),
  each: fc.integer({ min: 2, max: 20 }),
  external: fc.integer({ min: 2, max: 20 }),
  spare: fc.nat(30),
  hasTest: fc.boolean(),
});

const division: fc.Arbitrary<Case> = fc
  .tuple(
    sizes,
    fc.nat(6),
    fc.boolean(),
    fc.maxSafeNat(),
    fc.constantFrom("random", "file-order"),
    fc.infiniteStream(fc.nat(1000)),
  )
  .map(([{ shared, each, external, spare, hasTest }, classes, stratify, seed, scheme, numbers]) => {
    const next = () => numbers.next().value as number;
    const train = shared + 2 * each + (hasTest ? 0 : external) + spare;
    const test = hasTest ? external + spare : 0;
    // Test images lie anywhere among those of training, and classes are of any sizes; some images have no label.
    const parts = [...new Array(train).fill("train"), ...new Array(test).fill("test")];
    for (let i = parts.length - 1; i > 0; i--) {
      const j = next() % (i + 1);
      [parts[i], parts[j]] = [parts[j], parts[i]];
    }
    const images = ImageList.of(
      parts.map((part, i) => ({
        id: `${i}.png`,
        path: `${i}.png`,
        offset: 0,
        bytes: 1,
        part,
        label: classes === 0 ? null : (next() % (classes + 1)) - 1 < 0 ? null : next() % classes,
      })),
    );
    const labelNames = classes === 0 ? null : Array.from({ length: classes }, String);
    const counts = { shared, candidate: each, independent: each, external };
    return {
      pool: { images, labelNames },
      options: { ...counts, seed, scheme, stratify, limit: null },
      spare,
    };
  });

const sizesOf = (split: Split) => SUBSETS.map((subset) => split.indices(subset).length);

test("a split gives every subset as many images as asked, of the right part, each in one subset", (t) => {
  fc.assert(
    fc.property(division, ({ pool, options }) => {
      const split = makeSplit(pool, options);
      t.deepEqual(sizesOf(split), [options.shared, options.candidate, options.independent, options.external]);
      const all = SUBSETS.flatMap((subset) => [...split.indices(subset)]);
      t.is(new Set(all).size, all.length, "disjoint");
      t.deepEqual(
        all.sort((a, b) => a - b),
        [...split.used()],
        "complete",
      );
      const hasTest = [...pool.images].some(({ part }) => part === "test");
      for (const subset of SUBSETS)
        for (const index of split.indices(subset))
          t.is(pool.images.isTest(index), hasTest && subset === "external", `${subset} ${index}`);
    }),
  );
});

test("a split is a function of the seed and the list; another seed gives another one", (t) => {
  let [differing, runs] = [0, 0];
  fc.assert(
    fc.property(division, ({ pool, options }) => {
      const again = { images: ImageList.of([...pool.images]), labelNames: pool.labelNames };
      const split = makeSplit(pool, options);
      t.deepEqual(makeSplit(again, { ...options }).codes, split.codes);
      const other = makeSplit(pool, { ...options, seed: (options.seed + 1) % 2 ** 53 });
      const isOther = String(other.codes) !== String(split.codes);
      if (options.scheme === "file-order") t.false(isOther);
      else {
        runs += 1;
        differing += isOther ? 1 : 0;
      }
    }),
  );
  t.true(differing > 0.9 * runs, `${differing} of ${runs}`);
});

test("unreadable images are replaced, by their own class where there is one, and nobody else moves", (t) => {
  fc.assert(
    fc.property(division, fc.infiniteStream(fc.nat(1000)), ({ pool, options, spare }, numbers) => {
      // As many as there are spare ones at most, so that there is enough for all.
      const whole = makeSplit(pool, options);
      const unreadable = new Set<number>();
      const order = Array.from({ length: pool.images.count }, (_, i) => i);
      while (unreadable.size < spare)
        unreadable.add(order[(numbers.next().value as number) % order.length] as number);
      const split = makeSplit(pool, options, unreadable);
      t.deepEqual(sizesOf(split), sizesOf(whole));
      const label = (index: number) => pool.images.label(index);
      for (const subset of SUBSETS) {
        const [before, after] = [new Set(whole.indices(subset)), new Set(split.indices(subset))];
        for (const index of after) t.false(unreadable.has(index));
        const lost = [...before].filter((index) => !after.has(index));
        for (const index of lost) t.true(unreadable.has(index), `${subset}: ${index} moved`);
        const gained = [...after].filter((index) => !before.has(index));
        for (const index of gained) t.is(whole.subset(index), null, `${subset}: ${index} was in another one`);
        if (!(options.stratify && pool.labelNames !== null && options.scheme === "random")) continue;
        // A class that lost more here than it gained had no readable image left that nobody has.
        for (const one of new Set(lost.map(label))) {
          const isOne = (index: number) => label(index) === one;
          const isShort = gained.filter(isOne).length < lost.filter(isOne).length;
          const hasTest = [...pool.images].some(({ part }) => part === "test");
          const isTest = hasTest && subset === "external";
          const left = order.filter(
            (index) =>
              isOne(index) &&
              split.subset(index) === null &&
              !unreadable.has(index) &&
              pool.images.isTest(index) === isTest,
          );
          if (isShort) t.deepEqual(left, [], `${subset}: class ${one}`);
        }
      }
    }),
  );
});

test("shares are of the training images, rounded down, and of ten elevenths where external images are held out", (t) => {
  const share = fc.integer({ min: 1, max: 45 }).map((percent) => percent / 100);
  const count = fc.integer({ min: 250, max: 2000 });
  fc.assert(
    fc.property(count, fc.boolean(), share, share, (images, hasTest, shared, each) => {
      fc.pre(shared + 2 * each <= 1);
      const entry = (i: number, part: "train" | "test") => ({
        id: `${i}`,
        path: "",
        offset: i,
        bytes: 1,
        label: null,
        part,
      });
      const list = Array.from({ length: images }, (_, i) => entry(i, "train"));
      if (hasTest) list.push(...Array.from({ length: images }, (_, i) => entry(images + i, "test")));
      const pool = { images: ImageList.of(list), labelNames: null };
      const split = makeSplit(pool, {
        shared,
        candidate: each,
        independent: each,
        external: null,
        seed: 1,
        scheme: "random",
        limit: null,
        stratify: true,
      });
      const of = hasTest ? images : Math.floor((10 * images) / 11);
      const [s, c, i, e] = sizesOf(split) as [number, number, number, number];
      for (const [found, wanted] of [
        [s, shared * of],
        [c, each * of],
      ] as const)
        t.true(found <= wanted + 1e-6 && found > wanted - 1 - 1e-6, `${found} of ${wanted}`);
      t.is(i, c);
      t.is(e, Math.min(c, hasTest ? images : images - s - c - i));
    }),
  );
});
