import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.js";

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-checkpoint-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

const arrays = (value: number) => new Map([["w", { shape: [2], data: Float32Array.from([value, 1]) }]]);
const checkpoint = (step: number) => ({
  ...{ step, seconds: 12.5, configuration: '{"seed":3}' },
  ...{ weights: arrays(step), optimizer: arrays(step + 0.5) },
});

test("a checkpoint reads back as it was written", async (t) => {
  await writeCheckpoint(join(folder, "a"), checkpoint(30), 1);
  t.deepEqual(await readCheckpoint(join(folder, "a")), checkpoint(30));
  t.is(await readCheckpoint(join(folder, "nowhere")), null);
});

test("another character anywhere in `latest` is refused, naming it", async (t) => {
  const path = join(folder, "b", "latest");
  await writeCheckpoint(join(folder, "b"), checkpoint(30), 1);
  const whole = await readFile(path, "utf8");
  for (let at = 0; at < whole.length; at++) {
    const now = whole[at] as string;
    if (/\s/.test(now)) continue;
    const other = now === "7" ? "8" : "7";
    await writeFile(path, whole.slice(0, at) + other + whole.slice(at + 1));
    const error = await t.throwsAsync(readCheckpoint(join(folder, "b")), { code: "DATA" }, `byte ${at}`);
    t.true(error?.message.includes(path), error?.message);
  }
});

test("files of two checkpoints are not taken for one", async (t) => {
  await writeCheckpoint(join(folder, "c"), checkpoint(30), 1);
  await writeCheckpoint(join(folder, "d"), checkpoint(31), 1);
  const strange = await readFile(join(folder, "d", "step-00000031.optimizer.safetensors"));
  await writeFile(join(folder, "c", "step-00000030.optimizer.safetensors"), strange);
  await t.throwsAsync(readCheckpoint(join(folder, "c")), {
    code: "DATA",
    message: /step 30 .*optimizer\.safetensors is another file/,
  });
});

test("a checkpoint of an earlier version, which names no digests, is read", async (t) => {
  await writeCheckpoint(join(folder, "e"), checkpoint(30), 1);
  const path = join(folder, "e", "latest");
  const {
    digests: _,
    sha256: __,
    ...old
  } = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(path, JSON.stringify(old));
  t.deepEqual(await readCheckpoint(join(folder, "e")), checkpoint(30));
});
