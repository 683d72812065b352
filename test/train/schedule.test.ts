import { readFileSync } from "node:fs";
import test from "ava";
import { learningRateAt } from "../../src/train/index.js";
import { farthest } from "../close.js";

const path = new URL("../../../test/golden/torch/schedule.json", import.meta.url).pathname;
const { cases } = JSON.parse(readFileSync(path, "utf8"));

for (const { steps, warmup, peak, rates } of cases) {
  test(`${steps} steps, ${warmup} of them warm-up: the rates of PyTorch's schedulers`, (t) => {
    const ours = Array.from({ length: steps }, (_, step) => learningRateAt(step, steps, warmup, peak));
    // Its schedulers go from a rate to the next by a product, a few roundings a step.
    t.is(farthest(ours, rates, 8 * steps * Number.EPSILON * peak), null);
  });
}
