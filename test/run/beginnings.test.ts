// f and g begin with the same values: a pair of which only one was begun by an earlier version is not completed.
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { resolveSettings } from "../../src/config/resolve.js";
import { openRun } from "../../src/run/open-run.js";
import { dividedImages } from "../../src/steps/divided-images.js";
import { stepContext } from "../../src/steps/step-context.js";
import { trainEncoders } from "../../src/steps/train.js";
import { temporaryDirectory } from "../train/helpers.js";
import { folder, SIZES } from "./looking.js";

test.before(() => {
  process.env.SSLMEM_CACHE = temporaryDirectory();
});

/** A checkpoint as earlier versions left it: it does not say how its initial values were drawn. */
function age(encoder: string): void {
  const path = join(encoder, "latest");
  const { sha256, ...latest } = JSON.parse(readFileSync(path, "utf8"));
  const { initialValues, ...said } = JSON.parse(latest.configuration);
  if (sha256 === undefined || initialValues !== "by name") throw new Error("the checkpoint says neither");
  const aged = { ...latest, configuration: JSON.stringify(said) };
  const digest = createHash("sha256").update(JSON.stringify(aged)).digest("hex");
  writeFileSync(path, JSON.stringify({ ...aged, sha256: digest }));
}

test.serial("a pair is not completed by an encoder that begins otherwise", async (t) => {
  const flags = {
    data: await folder(12),
    arch: "resnet9",
    imageSize: "16",
    batch: "2",
    epochs: "1",
    engine: "tensorflow",
    ...SIZES,
  };
  const resolved = resolveSettings({ flags: new Map(Object.entries(flags)) as never });
  const root = join(temporaryDirectory(), "run");
  const run = await openRun({
    root,
    resolved,
    steps: ["manifest", "split", "train"],
    force: false,
    shard: null,
    command: "test",
  });
  t.teardown(() => run.release());
  const context = stepContext(run);
  const images = await dividedImages(context);
  const train = (...roles: ("f" | "g")[]) => trainEncoders(context, images, roles);
  await train("f");
  age(run.paths.encoder("f", 0));
  const refused = { code: "USAGE", message: /only one of them in .* earlier version/ };
  await t.throwsAsync(train("f", "g"), refused);
  rmSync(run.paths.encoder("f", 0), { recursive: true });
  await train("f", "g");
  age(run.paths.encoder("g", 0));
  rmSync(run.paths.encoder("f", 0), { recursive: true });
  await t.throwsAsync(train("f"), refused);
});
