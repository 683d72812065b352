import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { memberships } from "../../src/analyze/membership.js";
import { makePoints } from "../../src/analyze/points.js";
import { separationOf, tabulate } from "../../src/analyze/separation.js";
import { type Session, withSession } from "../../src/tables/index.js";
import { farthest } from "../close.js";
import { temporaryDirectory } from "../train/helpers.js";
import { normals, type Row, writePart } from "./helpers.js";

const golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/scipy/ranks.json", import.meta.url), "utf8"),
);
const root = temporaryDirectory();

async function withRows<T>(name: string, rows: readonly Row[], work: (session: Session) => Promise<T>) {
  const path = await writePart(join(root, name), rows);
  return withSession({ memory: "512MB" }, async (session) => {
    await makePoints(session, [path]);
    return work(session);
  });
}
const rowsOf = (subset: string, values: readonly number[]): Row[] =>
  values.map((value) => ({ subset, sslmem: value / 100 }));

for (const [i, { a, b, mann_whitney, ks, auc }] of golden.two_samples.entries()) {
  test(`Mann–Whitney, Kolmogorov–Smirnov and DeLong's AUC agree with SciPy, case ${i}`, async (t) => {
    const rows = [...rowsOf("candidate", a), ...rowsOf("external", b)];
    await withRows(`golden-${i}.parquet`, rows, async (session) => {
      await tabulate(session, "sslmem", "subset = 'candidate'", "subset = 'external'");
      const found = await separationOf(session);
      t.deepEqual(found.n, [a.length, b.length]);
      const same = (actual: unknown, expected: number, what: string) =>
        t.is(farthest([actual as number], [expected], 1e-13, 1e-9), null, what);
      same(found.auc, auc.value, "AUC");
      same(found.aucError, auc.se, "DeLong's error");
      same(found.mannWhitney.u, mann_whitney.u, "U");
      same(found.mannWhitney.p_two_sided, mann_whitney.p_two_sided, "two-sided");
      same(found.mannWhitney.p_greater, mann_whitney.p_greater, "greater");
      same(found.kolmogorovSmirnov.d, ks.d, "D");
      same(found.kolmogorovSmirnov.p_two_sided, ks.p_two_sided, "KS");
    });
  });
}

test("groups that do not overlap at all, and an empty one", async (t) => {
  await withRows(
    "apart.parquet",
    [...rowsOf("candidate", [3, 4]), ...rowsOf("external", [1, 2])],
    async (session) => {
      await tabulate(session, "sslmem", "subset = 'candidate'", "subset = 'external'");
      t.like(await separationOf(session), { auc: 1, aucError: 0 });
      await tabulate(session, "sslmem", "subset = 'candidate'", "subset = 'shared'");
      t.like(await separationOf(session), { n: [2, 0], auc: Number.NaN });
    },
  );
});

test("membership: rates, threshold and curve are those of a count by hand", async (t) => {
  const normal = normals(5);
  const draw = (n: number, shift: number) => Array.from({ length: n }, () => 10 * (shift + normal()));
  const [members, others] = [draw(300, 1), draw(500, 0)];
  const rows = [...rowsOf("candidate", members), ...rowsOf("external", others)];
  await withRows("members.parquet", rows, async (session) => {
    const found = await memberships(session, 3);
    const [bySslmem] = found.filter(({ score }) => score === "sslmem");
    if (bySslmem === undefined) return t.fail();
    const descending = [...others].sort((x, y) => y - x);
    for (const { fpr, value, low, high, resolved } of bySslmem.tpr_at_fpr) {
      const bar = descending[Math.floor(fpr * 500)] as number;
      t.is(value, members.filter((x) => x > bar).length / 300, `${fpr}`);
      t.true((low as number) <= (value as number) && (value as number) <= (high as number));
      t.is(resolved, fpr >= 1 / 500);
    }
    // Here L_f = 1 − sslmem, so that the one-encoder score separates exactly as well.
    const [byF] = found.filter(({ score, members: m }) => score === "alignment_f" && m === "candidate");
    t.is(farthest([byF?.auc.value as number], [bySslmem.auc.value as number], 1e-12), null);
    t.is(farthest([1 - (byF?.threshold as number)], [bySslmem.threshold as number], 1e-12), null);
    const accuracyAt = (x: number) =>
      (members.filter((m) => m / 100 > x).length / 300 + others.filter((o) => o / 100 <= x).length / 500) / 2;
    const best = Math.max(...[...members, ...others].map((x) => accuracyAt(x / 100)));
    t.is(farthest([accuracyAt(bySslmem.threshold as number)], [best], 1e-12), null);
    // Judged on the other half it cannot be better on average than in sample; d = 1 gives 0.69 in the limit.
    const { value: balanced, low, high } = bySslmem.balanced_accuracy;
    t.true((balanced as number) > 0.62 && (balanced as number) <= best);
    t.true((high as number) - (low as number) > 0.03 && (high as number) - (low as number) < 0.1);
    const { roc } = bySslmem;
    t.deepEqual(
      [roc[0], roc.at(-1)],
      [
        { fpr: 0, tpr: 0 },
        { fpr: 1, tpr: 1 },
      ],
    );
    t.true(roc.length <= 201);
    for (const [j, { fpr, tpr }] of roc.entries()) {
      if (j === 0) continue;
      t.true(fpr >= (roc[j - 1]?.fpr as number) && tpr >= (roc[j - 1]?.tpr as number));
      const [bar] = descending.slice(Math.round(fpr * 500) - 1);
      const atLeast = members.filter((x) => fpr === 0 || x >= (bar as number)).length / 300;
      t.true(fpr === 0 || tpr >= atLeast, `${fpr}`);
    }
  });
});

test("the interval of TPR at 1 % FPR covers the truth about as often as it says", async (t) => {
  // Normal scores one apart: at the true 99 % threshold of the others, P(member above) = 1 − Φ(2.3263 − 1) = 0.0924.
  const normal = normals(11);
  let covered = 0;
  const RUNS = 40;
  for (let run = 0; run < RUNS; run++) {
    const draw = (n: number, shift: number) => Array.from({ length: n }, () => shift + normal());
    const rows = [...rowsOf("candidate", draw(400, 1)), ...rowsOf("external", draw(1000, 0))];
    await withRows("coverage.parquet", rows, async (session) => {
      const found = (await memberships(session, run))[0]?.tpr_at_fpr[1];
      if ((found?.low as number) <= 0.0924 && 0.0924 <= (found?.high as number)) covered += 1;
    });
  }
  // 95 % nominal; of 40 runs fewer than 33 has probability 0.3 % even at 92 %.
  t.true(covered >= 33, `${covered} of ${RUNS}`);
});

test("the interval of balanced accuracy covers chance about as often as its description says", async (t) => {
  const normal = normals(29);
  const RUNS = 100;
  let covered = 0;
  for (let run = 0; run < RUNS; run++) {
    const draw = (n: number) => Array.from({ length: n }, () => normal());
    const rows = [...rowsOf("candidate", draw(120)), ...rowsOf("external", draw(100))];
    await withRows("chance.parquet", rows, async (session) => {
      const { low, high } = (await memberships(session, run))[0]?.balanced_accuracy ?? {};
      if ((low as number) <= 0.5 && 0.5 <= (high as number)) covered += 1;
    });
  }
  // 91.4 % in a simulation of 1,500 by NumPy; fewer than 83 or more than 98 of 100 have a probability below 0.5 %.
  t.true(covered >= 83 && covered <= 98, `${covered} of ${RUNS}`);
});
