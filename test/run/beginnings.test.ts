// f and g begin with the same values: a pair of which only one was begun by an earlier version is not completed.
import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { resolveSettings } from "../../src/config/resolve.js";
import { openRun } from "../../src/run/open-run.js";
import { dividedImages } from "../../src/steps/divided-images.js";
import { stepContext } from "../../src/steps/step-context.js";
import { trainEncoders, trainedPairs } from "../../src/steps/train.js";
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

/** A run that is divided, and how its encoders are trained. */
async function begun(t: ExecutionContext) {
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
  return { run, context, images, train };
}

test.serial("a pair is not completed by an encoder that begins otherwise", async (t) => {
  const { run, train } = await begun(t);
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

test.serial("a run's encoders are those that it trained, each on its own images", async (t) => {
  const { run, context, images, train } = await begun(t);
  await train("f", "g");
  const [f, g] = [run.paths.encoder("f", 0), run.paths.encoder("g", 0)];
  t.deepEqual(Object.keys((await trainedPairs(context, images.split))[0] as object), ["f", "g"]);
  const exchange = () => {
    renameSync(f, `${f}.away`);
    renameSync(g, f);
    renameSync(`${f}.away`, g);
  };
  exchange();
  await t.throwsAsync(trainedPairs(context, images.split), { code: "DATA", message: /f and g exchanged/ });
  exchange();
  const [weights] = readdirSync(f).filter((name) => /^step-\d+\.safetensors$/.test(name));
  copyFileSync(join(g, weights as string), join(f, weights as string));
  const another = { code: "DATA", message: /as training wrote it but it is another file/ };
  await t.throwsAsync(trainedPairs(context, images.split), another);
  await t.throwsAsync(train("f", "g"), another);
});
