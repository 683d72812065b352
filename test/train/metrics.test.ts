import { join } from "node:path";
import test from "ava";
import { appendMetrics, METRICS_SCHEMA, readMetrics } from "../../src/train/metrics.js";
import { temporaryDirectory } from "./helpers.js";

test("a metric that is not finite is left out of its line, which is read all the same", async (t) => {
  const path = join(temporaryDirectory(), "metrics.jsonl");
  const line = { step: 1, epoch: 0, loss: 0.5, learningRate: 0.1, imagesPerSecond: 9, seconds: 1 };
  await appendMetrics(path, {
    schema: METRICS_SCHEMA,
    ...line,
    metrics: { deviation: Number.NaN, accuracy: 0.25 },
  });
  await appendMetrics(path, {
    schema: METRICS_SCHEMA,
    ...line,
    step: 2,
    metrics: { accuracy: Number.POSITIVE_INFINITY },
  });
  const read = await readMetrics(path);
  t.deepEqual(
    read.map(({ step, metrics }) => [step, metrics]),
    [
      [1, { accuracy: 0.25 }],
      [2, {}],
    ],
  );
});
