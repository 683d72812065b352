import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { checkWeights, getArchitecture, readSafetensors } from "../../src/nn/index.js";
import { networkNamed } from "../networks.js";
import { type RawArray, writeRaw } from "./safetensors-files.js";

const GIB = 2 ** 30;
const MIB = 2 ** 20;

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sslmem-safetensors-large-"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

/** Runs `work`; the most memory, in MB, that this process had more than before. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const rss = () => process.memoryUsage.rss() / 1e6;
  const before = rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, rss());
  }, 5);
  await work();
  clearInterval(timer);
  return Math.max(most, rss()) - before;
}

const last = { dtype: "F32", shape: [3], bytes: new Uint8Array(Float32Array.of(1, -2, 3.5).buffer) };

for (const size of [2 * GIB + 4, 4 * GIB - 8, 4 * GIB, 9 * GIB + 4]) {
  test.serial(`an array behind another of ${size} bytes is read, and only it`, async (t) => {
    const path = join(folder, `${size}.safetensors`);
    const state = { dtype: "F32", shape: [size / 4], bytes: size };
    await writeRaw(path, [
      ["optimizer.state", state],
      ["w", last],
    ]);
    const more = await growth(async () => {
      const { tensors, others, digest } = await readSafetensors(path, { wanted: (name) => name === "w" });
      t.deepEqual([...tensors], [["w", { shape: [3], data: Float32Array.of(1, -2, 3.5) }]]);
      t.deepEqual([[...others], digest], [[["optimizer.state", "F32"]], null]);
    });
    t.true(more < 100, `${more} MB`);
  });
}

test.serial("what a file has beside the network takes no memory, and is named", async (t) => {
  const path = join(folder, "network.safetensors");
  // The classifier's name ends as a convolution's does, after no point.
  const zeros = ({ shape, name }: { shape: readonly number[]; name: string }): [string, RawArray] => {
    const values = shape.reduce((product, side) => product * side, 1);
    const stored = shape.length === 4 ? [3, 2, 0, 1].map((axis) => shape[axis] as number) : shape;
    return [`backbone.${name}`, { dtype: "F32", shape: stored, bytes: 4 * values }];
  };
  await writeRaw(path, [
    ["head.myconv1.weight", { dtype: "F16", shape: [3 * GIB], bytes: 6 * GIB }],
    ...networkNamed("resnet9").parameters.map(zeros),
  ]);
  let said: string | null = null;
  const more = await growth(async () => {
    said = await checkWeights(getArchitecture("resnet9"), 16, path);
  });
  t.regex(said ?? "", /without the prefix "backbone\."; left out: head\.myconv1\.weight\./);
  t.true(more < 150, `${more} MB`);
});

test.serial("what is read for the digest alone takes no memory", async (t) => {
  const path = join(folder, "digest.safetensors");
  const size = 256 * MIB;
  await writeRaw(path, [["a", { dtype: "F64", shape: [size / 8], bytes: size }]], {
    sslmem_sha256: "0".repeat(64),
  });
  const more = await growth(() =>
    t.throwsAsync(readSafetensors(path, { wanted: () => false }), {
      code: "DATA",
      message: /have changed since they were written/,
    }),
  );
  t.true(more < 100, `${more} MB`);
});

test.serial("every type is read the same across the pieces of a long array", async (t) => {
  const path = join(folder, "pieces.safetensors");
  const count = 2.5 * MIB + 3; // of 2 bytes and more: the end of a piece is within each array
  const floats = new Float32Array(count);
  const halves = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const k = i % 251;
    floats[i] = 1 + k / 256;
    halves[i] = 0x3c00 | (k << 2); // exponent 0, and the upper 8 of 10 bits
  }
  const words = new Uint32Array(floats.buffer);
  const short = words.map((word) => word & 0xffff0000);
  const bytesOf = ({ buffer }: { buffer: ArrayBufferLike }) => new Uint8Array(buffer);
  const shape = [count];
  await writeRaw(path, [
    ["F32", { dtype: "F32", shape, bytes: bytesOf(floats) }],
    ["U8", { dtype: "U8", shape: [3], bytes: Uint8Array.of(1, 2, 3) }], // what follows is at no multiple of its width
    ["F64", { dtype: "F64", shape, bytes: bytesOf(Float64Array.from(floats)) }],
    ["F16", { dtype: "F16", shape, bytes: bytesOf(halves) }],
    ["BF16", { dtype: "BF16", shape, bytes: bytesOf(Uint16Array.from(short, (word) => word >>> 16)) }],
  ]);
  const { tensors, others } = await readSafetensors(path);
  t.deepEqual([...others], [["U8", "U8"]]);
  for (const [dtype, expected] of [
    ["F32", floats],
    ["F64", floats],
    ["F16", floats],
    ["BF16", short],
  ] as const) {
    const data = tensors.get(dtype)?.data as Float32Array;
    t.is(Buffer.compare(bytesOf(data), bytesOf(expected)), 0, dtype);
  }
});
