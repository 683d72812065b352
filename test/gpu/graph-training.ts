// Training from images to checkpoint with recorded steps, whose views are made beside the recording, against eager steps.
import { temporaryFolder } from "./folder.js";
import { check, device, largestDifference } from "./report.js";
import { train } from "./train.js";

for (const precision of ["fp32", "bf16"] as const) {
  const [off, on] = (["off", "on"] as const).map((graphs) =>
    train({ device, precision, steps: 20, directory: temporaryFolder(), graphs, deterministic: true }),
  ) as [ReturnType<typeof train>, ReturnType<typeof train>];
  // The same kernels in the same order on the same numbers: with deterministic ones the same bits.
  const difference = largestDifference(on.losses, off.losses);
  const sameBits = on.hash === off.hash;
  check(`training with recorded steps, ${precision}`, sameBits, {
    difference,
    sameBits,
    n: on.losses.length,
  });
}
