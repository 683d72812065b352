import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/nn/index.js";
import { readCheckpoint, writeCheckpoint } from "../../src/train/checkpoint.js";

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-checkpoint-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

const arrays = (value: number, name = "w") =>
  new Map([[name, { shape: [2], data: Float32Array.from([value, 1]) }]]);
const none = new Map<string, StoredTensor>();
const checkpoint = (step: number) => ({
  step,
  seconds: 12.5,
  configuration: '{"seed":3}',
  exports: "",
  arrays: {
    encoder: arrays(step),
    head: arrays(step + 0.25, "head.w"),
    state: none as Map<string, StoredTensor>,
    optimizer: arrays(step + 0.5, "w.momentum"),
  },
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

test("checkpoints of earlier versions, with one file for encoder, head and state, are read", async (t) => {
  const directory = join(folder, "e");
  const state = arrays(7, "state.target.w");
  const whole = { ...checkpoint(30), arrays: { ...checkpoint(30).arrays, state } };
  await writeCheckpoint(directory, whole, 1);
  const { encoder, head } = whole.arrays;
  const path = join(directory, "step-00000030.safetensors");
  const weights = await writeSafetensors(path, new Map([...encoder, ...head, ...state]), { step: "30" });
  for (const name of ["head", "state"]) await rm(join(directory, `step-00000030.${name}.safetensors`));
  const latest = JSON.parse(await readFile(join(directory, "latest"), "utf8"));
  const { step, seconds, configuration, digests } = latest;
  const facts = { schema: "sslmem/checkpoint@1", step, seconds, configuration };
  const second = { ...facts, digests: { weights, optimizer: digests.optimizer } };
  const sha256 = createHash("sha256").update(JSON.stringify(second)).digest("hex");
  for (const old of [facts, { ...second, sha256 }]) {
    await writeFile(join(directory, "latest"), JSON.stringify(old));
    t.deepEqual(await readCheckpoint(directory), whole);
  }
  const later = { ...latest };
  delete later.sha256;
  await writeFile(join(directory, "latest"), JSON.stringify(later));
  await t.throwsAsync(readCheckpoint(directory), { code: "DATA" }, "today's has its digest");
});

test("what is scored has a file of its own, without a name that could be taken for the encoder's", async (t) => {
  const directory = join(folder, "f");
  const state = new Map([...arrays(8, "state.teacher.head.w"), ...arrays(7, "state.teacher.w")]);
  const { arrays: others, ...facts } = checkpoint(30);
  const names = async () => (await readdir(directory)).sort();
  const weights = async () => (await readSafetensors(join(directory, "step-00000030.safetensors"))).tensors;
  await writeCheckpoint(directory, { ...facts, arrays: { ...others, state } }, 1);
  t.deepEqual(await weights(), others.encoder);
  t.false((await names()).includes("step-00000030.encoder.safetensors"));
  const exported = { ...facts, exports: "state.teacher.", arrays: { ...others, state } };
  await writeCheckpoint(directory, exported, 1);
  t.deepEqual(await weights(), arrays(7));
  t.deepEqual(await readCheckpoint(directory), exported);
  const files = ["encoder.", "head.", "optimizer.", "", "state."];
  t.deepEqual(await names(), ["latest", ...files.map((name) => `step-00000030.${name}safetensors`)]);
  await writeCheckpoint(directory, checkpoint(31), 1);
  t.deepEqual(await names(), [
    "latest",
    ...["head.", "optimizer.", ""].map((name) => `step-00000031.${name}safetensors`),
  ]);
});

test("a training that is forced to start over keeps what it saves beside later steps of another", async (t) => {
  const directory = join(folder, "g");
  for (const step of [10, 20]) await writeCheckpoint(directory, checkpoint(step), 2);
  await writeCheckpoint(directory, checkpoint(5), 2);
  t.deepEqual(await readCheckpoint(directory), checkpoint(5));
});
