import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { engineDriver } from "../../src/engine/index.js";

const has = (name: string) => engineDriver(name).missing() === null;
const onTorch = has("torch") ? test.serial : test.serial.skip;
const onBoth = has("torch") && has("tensorflow") ? test.serial : test.serial.skip;

async function run(script: string, ...args: string[]): Promise<unknown> {
  const path = fileURLToPath(new URL(`./${script}.js`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", path, ...args], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string);
}

for (const architecture of ["resnet9", "resnet18-cifar"]) {
  onBoth(`embeddings of the same weights agree to 1e-4 relative: ${architecture}`, async (t) => {
    const ours = (await run("embeddings", "torch", architecture)) as number[][];
    const theirs = (await run("embeddings", "tensorflow", architecture)) as number[][];
    t.is(ours.length, 4);
    for (const [i, row] of ours.entries()) {
      const other = theirs[i] as number[];
      const length = Math.hypot(...other);
      t.true(length > 0.01, "there is something to compare");
      const off = Math.hypot(...row.map((v, j) => v - (other[j] as number))) / length;
      t.true(off < 1e-4, `image ${i}: ${off}`);
    }
  });
}

interface Memory {
  tensors: number;
  bytes: number;
  resident: number;
}

for (const precision of ["fp32", "bf16"]) {
  onTorch(
    `memory is flat over 500 steps: tensors, their bytes and what is resident (${precision})`,
    async (t) => {
      const memory = (await run("flat", precision)) as Memory[];
      t.is(memory.length, 6);
      for (const { tensors, bytes } of memory.slice(1)) {
        t.is(tensors, (memory[0] as Memory).tensors);
        t.is(bytes, (memory[0] as Memory).bytes);
      }
      // A step makes some 4 MB of tensors, so steps that kept a twentieth of theirs would add 20 MB to each 100 and 100 MB to all;
      // the heap of V8 and the C library's pools move by a few MB, and at times at once by more (by 50 MB it has been): what grows
      // without end grows in most of the five windows.
      const growths = memory.slice(1).map((m, i) => m.resident - (memory[i] as Memory).resident);
      const middle = [...growths].sort((a, b) => a - b)[2] as number;
      t.true(5 * middle < 2 ** 25, `resident memory grew by ${growths.join(", ")} bytes`);
    },
  );
}
