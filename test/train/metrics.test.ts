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
  const read = await readMetrics(path, "simclr");
  t.deepEqual(
    read.map(({ step, metrics }) => [step, metrics]),
    [
      [1, { accuracy: 0.25 }],
      [2, {}],
    ],
  );
});

test("SimSiam's spread of an earlier version was that of the projections", async (t) => {
  const path = join(temporaryDirectory(), "metrics.jsonl");
  const line = {
    schema: METRICS_SCHEMA,
    epoch: 0,
    loss: 0.5,
    learningRate: 0.1,
    imagesPerSecond: 9,
    seconds: 1,
  } as const;
  await appendMetrics(path, { ...line, step: 1, metrics: { spread: 0.9, accuracy: 0.5 } });
  await appendMetrics(path, { ...line, step: 2, metrics: { spread: 0.3, projectionSpread: 0.8 } });
  const metricsOf = async (method: string) => (await readMetrics(path, method)).map(({ metrics }) => metrics);
  const now = { spread: 0.3, projectionSpread: 0.8 };
  t.deepEqual(await metricsOf("simsiam"), [{ projectionSpread: 0.9, accuracy: 0.5 }, now]);
  t.deepEqual(await metricsOf("byol"), [{ spread: 0.9, accuracy: 0.5 }, now]);
});
