// The encoders of a run that are probed: those that its training wrote, and no others.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { SslMemError } from "../../src/errors.js";
import { encodersOfRun } from "../../src/run/encoders.js";
import { inRun } from "../../src/run/in-run.js";
import { dividedImages } from "../../src/steps/divided-images.js";
import { settingsFor } from "../../src/steps/settings-for.js";
import { stepContext } from "../../src/steps/step-context.js";
import { writeCheckpoint } from "../../src/train/checkpoint.js";
import { imagesDigest, pairIndices } from "../../src/train/index.js";
import { temporaryDirectory } from "../train/helpers.js";

test("encoders are those of their images and bytes; those of a training that diverged are refused", async (t) => {
  const root = temporaryDirectory();
  const sizes = { shared: 20, candidate: 10, independent: 10, external: 5, limit: 40 };
  const data = "synthetic:count=60,test=10,size=8";
  const resolved = await settingsFor({ data, cacheImages: false, batch: 10, epochs: 2, ...sizes });
  const options = {
    root,
    resolved,
    steps: ["train"] as const,
    force: false,
    shard: null,
    command: "sslmem train",
  };
  const ends = (error?: SslMemError) =>
    inRun(options, undefined, async (run) => {
      if (error !== undefined) throw error;
      return (await dividedImages(stepContext(run))).split;
    });
  const indices = pairIndices(await ends());
  await t.throwsAsync(encodersOfRun(root, 1), {
    code: "DATA",
    message: /trained encoders in .* there are none/,
  });

  const none = new Map();
  const write = (role: "f" | "g", step: number, of = role) => {
    const configuration = JSON.stringify({ images: imagesDigest(indices[of]) });
    const encoder = new Map([["w", { shape: [1], data: Float32Array.of(step) }]]);
    const arrays = { encoder, head: none, state: none, optimizer: none };
    return writeCheckpoint(join(root, role), { step, seconds: 1, configuration, exports: "", arrays }, "all");
  };
  const weights = await write("f", 3);
  t.deepEqual(
    await encodersOfRun(root, 1),
    [{ encoder: "f", pair: 0, weights }],
    "not trained to the end: as it is",
  );

  await t.throwsAsync(ends(new SslMemError("NUMERIC", "Expected a finite loss.", "--learning-rate 0.01")));
  await t.throwsAsync(encodersOfRun(root, 1), {
    code: "DATA",
    message: /has diverged: Expected a finite loss\.$/,
  });
  const [f] = [await write("f", 6), await write("g", 6)];
  t.is((await encodersOfRun(root, 1)).length, 2, "both are trained to the end: it was something else");

  copyFileSync(weights, f);
  await t.throwsAsync(encodersOfRun(root, 1), { code: "DATA", message: /as training wrote it/ });
  await write("f", 6, "g");
  await t.throwsAsync(encodersOfRun(root, 1), { code: "DATA", message: /trained on others/ });
});
