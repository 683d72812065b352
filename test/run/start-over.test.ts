// --force moves results aside only for a command that can do its work, as far as that can be known before.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { resolveSettings } from "../../src/config/resolve.js";
import { openRun } from "../../src/run/open-run.js";
import { silent } from "../../src/run/reporter.js";
import { STEPS, type Step } from "../../src/settings/setting.js";
import { audit } from "../../src/steps/audit.js";
import { checkAhead } from "../../src/steps/check-ahead.js";
import { temporaryDirectory } from "../train/helpers.js";
import { type Flags, folder, look, picture, SIZES } from "./looking.js";

test.before(() => {
  process.env.SSLMEM_CACHE = temporaryDirectory();
});

/** A run of 12 images, with folders where encoders and scores would lie. */
async function scoredRun(): Promise<{ root: string; data: string }> {
  const data = await folder(12);
  const { root } = await look(data, SIZES);
  for (const name of ["f", "g", "scores"]) mkdirSync(join(root, name));
  return { root, data };
}

const settled = (data: string, flags: Flags) =>
  resolveSettings({ flags: new Map(Object.entries({ data, ...SIZES, ...flags })) as never });

/** What --force of these steps comes to. */
async function startOver(root: string, data: string, steps: readonly Step[], flags: Flags = {}) {
  const run = await openRun({
    root,
    resolved: settled(data, flags),
    steps,
    force: true,
    shard: null,
    command: "test",
    beforeMoving: (over) => checkAhead(over, silent, undefined),
  });
  await run.release();
  return run.movedTo;
}

const everything = (root: string) => [
  readdirSync(root).sort(),
  readFileSync(join(root, "config.json"), "utf8"),
  readFileSync(join(root, "environment.json"), "utf8"),
];

const SCORE = ["score", "analyze"] as const;
const TRAIN = ["manifest", "split", "train"] as const;

for (const [what, steps, flags, expected] of [
  ["encoders that are not trained", SCORE, {}, { code: "DATA", message: /trained encoders/ }],
  ["settings of another training", SCORE, { epochs: "9" }, { code: "USAGE", message: /score trains none/ }],
  [
    "a batch that no encoder can fill",
    TRAIN,
    { batch: "900" },
    { code: "USAGE", message: /batch of at most 6/ },
  ],
  ["subsets that are larger than the data", STEPS, { shared: "900" }, { code: "USAGE", message: /900/ }],
  ["a GPU that is not there", TRAIN, { device: "cuda:99" }, { message: /cuda:99/ }],
] as const) {
  test.serial(`nothing is moved for ${what}`, async (t) => {
    const { root, data } = await scoredRun();
    const before = everything(root);
    await t.throwsAsync(startOver(root, data, steps, flags), expected);
    t.deepEqual(everything(root), before);
  });
}

test.serial(
  "nothing is moved for images that are not what they were, whether the cache has them or not",
  async (t) => {
    for (const cacheImages of ["true", "false"]) {
      const { root, data } = await scoredRun();
      const { manifest } = await look(data, { ...SIZES, cacheImages }, root);
      const { id } = manifest.entry(manifest.used[0] as number);
      writeFileSync(join(data, id), await picture(200));
      const before = everything(root);
      const message = new RegExp(`image ${id.replace(".", "\\.")} .*contents are others now`);
      await t.throwsAsync(startOver(root, data, SCORE, { cacheImages }), { code: "DATA", message });
      t.deepEqual(everything(root), before);
    }
  },
);

test.serial("nothing is moved for a damaged list, or data without images", async (t) => {
  const { root, data } = await scoredRun();
  writeFileSync(join(root, "manifest.parquet"), "damaged");
  const before = everything(root);
  await t.throwsAsync(startOver(root, data, SCORE), { code: "DATA", message: /manifest\.parquet/ });
  const empty = temporaryDirectory();
  await t.throwsAsync(startOver(root, empty, TRAIN), { code: "DATA" });
  await t.throwsAsync(audit({ root, resolved: settled(empty, {}), force: true }), { code: "DATA" });
  t.deepEqual(everything(root), before);
});

test.serial("what can be done moves what is there", async (t) => {
  const { root, data } = await scoredRun();
  t.is(await startOver(root, data, TRAIN), join(root, "replaced-1"));
  t.deepEqual(readdirSync(join(root, "replaced-1")).sort(), [
    "f",
    "g",
    "listing.json",
    "manifest.parquet",
    "scores",
    "split.parquet",
  ]);
});

test.serial("the command line asks before it moves, too", async (t) => {
  const { root, data } = await scoredRun();
  const before = readdirSync(root).sort();
  const main = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  const args = [main, "train", "--run", root, "--force", "--batch", "900"];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: data });
  t.is(status, 2, stderr);
  t.regex(stderr, /batch of at most 6/);
  t.deepEqual(readdirSync(root).sort(), before);
});
