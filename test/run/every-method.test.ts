// Every method goes the whole way, as the command line goes it: an audit that is stopped in the middle of the training, and
// goes on in a second call, scores, analyses and reports; then it is localised, which the report shows.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { openEngine } from "../../src/engine/index.js";
import { localizeSchema } from "../../src/localize/localization-schema.js";
import { getMethod, methodNames } from "../../src/methods/registry.js";
import { REPORT_SCHEMA } from "../../src/report/index.js";
import { openRun } from "../../src/run/open-run.js";
import { type Reporter, silent } from "../../src/run/reporter.js";
import { audit } from "../../src/steps/audit.js";
import { imagesAndPairs } from "../../src/steps/images-and-pairs.js";
import { localizePairs } from "../../src/steps/localize.js";
import { refreshReport } from "../../src/steps/report.js";
import { settingsFor } from "../../src/steps/settings-for.js";
import { stepContext } from "../../src/steps/step-context.js";
import { testEngine } from "../engine-under-test.js";
import { HIDE_PATCHES, smallWidths } from "../networks.js";
import { temporaryDirectory } from "../train/helpers.js";

test.before(async () => {
  process.env.SSLMEM_CACHE = temporaryDirectory();
  await openEngine({ engine: testEngine, device: "cpu", precision: "fp32" });
});

const SIZES = {
  ...{ shared: 4, candidate: 8, independent: 8, external: 8, limit: 20 },
  ...{ imageSize: 16, epochs: 1, batch: 4, views: 2, parts: 1, workers: 1, logEvery: 1 },
};
/** Steps of an encoder's training: 12 images, 4 a step. */
const STEPS = 3;

for (const name of methodNames()) {
  test.serial(`${name}: trained, stopped, gone on with, scored, localised, reported`, async (t) => {
    const root = join(temporaryDirectory(), "run");
    const resolved = await settingsFor({
      data: "synthetic:count=20,test=8,size=16,seed=4",
      ...{ method: name, arch: HIDE_PATCHES.includes(name) ? "vit-tiny-4" : "resnet9" },
      ...{ engine: testEngine, device: "cpu", precision: "fp32", recipe: "tiny" },
      ...SIZES,
      ...smallWidths(getMethod(name)),
    });

    const stop = new AbortController();
    let label = "";
    const stopping: Reporter = {
      ...silent,
      start: (of) => {
        label = of;
      },
      update: ({ done }) => {
        if (label.includes("training g") && done >= 1) stop.abort();
      },
    };
    const stopped = audit({ root, resolved, reporter: stopping, signal: stop.signal });
    await t.throwsAsync(stopped, { code: "INTERRUPTED" });
    t.false(existsSync(join(root, "analysis.json")), "stopped before it was scored");
    const before = stepsOf(root, "g");
    t.true(before.length >= 1 && before.length < STEPS, `stopped in the training: ${before.length} steps`);

    const { analysis, paths } = await audit({ root, resolved });
    for (const encoder of ["f", "g"])
      t.deepEqual(
        stepsOf(root, encoder),
        Array.from({ length: STEPS }, (_, i) => i + 1),
      );
    t.is(analysis?.images, 28);
    const subsets = analysis?.subsets ?? [];
    t.deepEqual(
      subsets.map(({ n }) => n),
      [4, 8, 8, 8],
    );
    t.true(
      subsets.every(({ mean }) => Number.isFinite(mean)),
      JSON.stringify(subsets.map(({ mean }) => mean)),
    );
    const pageHas = (words: string) => readFileSync(paths.report, "utf8").includes(words);
    t.false(pageHas("LayerMem by layer"));

    const run = await openRun({
      ...{ root, resolved, steps: ["analyze"], force: false, shard: null, command: "test" },
    });
    const context = stepContext(run);
    const { images, pairs } = await imagesAndPairs(context);
    await localizePairs(context, images, pairs, 4);
    t.true(await refreshReport(context));
    await run.release();
    const found = localizeSchema.parse(JSON.parse(readFileSync(paths.localize, "utf8")));
    t.true(found.layers.length >= 8);
    const report = JSON.parse(readFileSync(paths.reportJson, "utf8"));
    t.is(report.schema, REPORT_SCHEMA);
    t.true(JSON.stringify(report.settings).includes(`"${name}"`));
    t.true(pageHas("LayerMem by layer"));
  });
}

/** The steps that metrics.jsonl tells of. */
const stepsOf = (root: string, encoder: string): number[] =>
  readFileSync(join(root, encoder, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { step: number }).step);
