// Twenty steps of training on the device against the CPU in float32, bf16 against float32, and training that stops and goes on.
import { lossBounds, ROUNDING } from "../engine/disturbance.js";
import { temporaryFolder } from "./folder.js";
import { check, device, largestDifference } from "./report.js";
import { type Training, train } from "./train.js";

const STEPS = 20;
const steps = (training: Partial<Training>) =>
  train({ device, precision: "fp32", steps: STEPS, directory: temporaryFolder(), ...training });
const cpu = steps({ device: "cpu" });
// On the very same views: only the order of sums differs.
const onHost = steps({ viewsOn: "host" });
const moved = steps({ device: "cpu", disturbance: ROUNDING });
check(
  "as many steps",
  [cpu, onHost, moved].every(({ losses }) => losses.length === STEPS),
);
for (const [step, bound] of lossBounds(cpu.losses, moved.losses).entries()) {
  const [loss, expected] = [onHost.losses[step] as number, cpu.losses[step] as number];
  const difference = Math.abs(loss - expected);
  // A bound that is no small part of the loss would say nothing.
  check(`loss of step ${step}`, difference <= bound && bound < expected / 30, { difference, bound, loss });
}
const gpu = device === "cpu" ? onHost : steps({}); // a CPU has no views but the host's

// Before anything is updated a loss in bf16 differs by rounding alone: 2^-8 of a value at each of eight layers, as a random
// walk 0.011 of a representation, so 0.03 of a similarity over the temperature of 0.5, and at most twice that of the loss.
// After that a batch of 12 images goes ways of its own.
const half = steps({ precision: "bf16" });
const coarse = Math.abs((half.losses[0] as number) - (gpu.losses[0] as number));
check("bf16's first loss is that of float32", coarse <= 0.06, { difference: coarse, bound: 0.06 });
const finite = half.losses.length === STEPS && half.losses.every((loss) => Number.isFinite(loss));
check("bf16 trains", finite && half.losses[0] !== gpu.losses[0], { last: half.losses.at(-1) });

const views = largestDifference(onHost.losses, gpu.losses);
check("views of the device train as those of the host", views < 0.05, { difference: views, bound: 0.05 });

const directory = temporaryFolder();
steps({ steps: 9, directory });
const resumed = steps({ directory });
const drift = largestDifference(resumed.losses, gpu.losses);
// The same bits on a CPU; on a GPU atomics of cuDNN's may add in another order.
check("training that stopped goes on", device === "cpu" ? resumed.hash === gpu.hash : drift < 0.05, {
  difference: drift,
  sameBits: resumed.hash === gpu.hash,
});
