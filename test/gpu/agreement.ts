// Twenty steps of training on the device against the CPU in float32, bf16 against float32, and training that stops and goes on.
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { check, device, largestDifference } from "./report.js";

const script = fileURLToPath(new URL("train-steps.js", import.meta.url));
const folder = () => mkdtempSync(join(tmpdir(), "sslmem-gpu-"));
function train(where: string, precision: string, steps: number, directory = folder(), viewsOn = "auto") {
  const args = [script, where, precision, String(steps), directory, viewsOn];
  const stdout = execFileSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(stdout) as { losses: number[]; hash: string };
}

const STEPS = 20;
const cpu = train("cpu", "fp32", STEPS);
const gpu = train(device, "fp32", STEPS);
// The first loss differs by rounding alone: some 2^-24 for each of the layers' sums, at most 1e-4. After that a difference
// at most doubles with a step at this rate (as test/engine/torch.test.ts holds the two engines to), and stays below 0.05.
for (const [step, loss] of gpu.losses.entries()) {
  const difference = Math.abs(loss - (cpu.losses[step] as number));
  const bound = Math.min(0.05, 1e-4 * 2 ** step);
  check(`loss of step ${step}`, difference <= bound, { difference, bound, loss });
}
check("as many steps", gpu.losses.length === STEPS && cpu.losses.length === STEPS);

const half = train(device, "bf16", STEPS);
// bf16 keeps 8 bits; the loss is a mean over a batch, so its error is far smaller than the 2^-8 of one product.
const difference = largestDifference(half.losses, gpu.losses);
check("bf16 follows float32", difference < 0.1, { difference, bound: 0.1 });

const onHost = train(device, "fp32", STEPS, folder(), "host");
const views = largestDifference(onHost.losses, gpu.losses);
check("views of the device train as those of the host", views < 0.05, { difference: views, bound: 0.05 });

const directory = folder();
train(device, "fp32", 9, directory);
const resumed = train(device, "fp32", STEPS, directory);
const drift = largestDifference(resumed.losses, gpu.losses);
// The same bits on a CPU; on a GPU atomics of cuDNN's may add in another order.
check("training that stopped goes on", device === "cpu" ? resumed.hash === gpu.hash : drift < 0.05, {
  difference: drift,
  sameBits: resumed.hash === gpu.hash,
});
