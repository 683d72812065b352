import type { RunProgress } from "../run/progress.js";
import type { WorkerProgress } from "../score/index.js";
import { describePoint, duration, rate } from "./progress-bar.js";

const BAR = 24;

function bar(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.floor((BAR * Math.min(done, total)) / total);
  return `[${"=".repeat(full)}${" ".repeat(BAR - full)}]`;
}

/** What a scoring worker has done, called by its device where it has that for itself. */
function describeThread(
  { worker, device, parts, images, imagesPerSecond }: WorkerProgress,
  all: readonly WorkerProgress[],
): string {
  const name = all.some((other) => other.worker !== worker && other.device === device)
    ? `worker ${worker} on ${device}`
    : device;
  const speed = imagesPerSecond === null ? "" : `, ${rate(imagesPerSecond)} images/s`;
  return `${name}: parts ${parts}, images ${images}${speed}`;
}

/** The state of a run as lines for a terminal. */
export function describeProgress(progress: RunProgress): string {
  const { stage, engine, training, scoring, workers, etaSeconds } = progress;
  const many = training.some(({ pair }) => pair > 0);
  const lines = [`${progress.run}: ${stage}${etaSeconds === null ? "" : `, ${duration(etaSeconds)} left`}`];
  if (engine !== null) lines.push(`  engine ${engine.engine}, device ${engine.device}, ${engine.precision}`);
  for (const { pair, encoder, step, steps, loss, imagesPerSecond, etaSeconds: eta, collapse } of training) {
    if (steps === null && step === 0) continue; // nobody knows yet how many images there are
    const facts = describePoint({
      done: step,
      total: steps ?? step,
      loss: loss ?? undefined,
      imagesPerSecond: step === steps ? undefined : (imagesPerSecond ?? undefined),
      etaSeconds: step === steps ? undefined : (eta ?? undefined),
    });
    lines.push(
      `  training ${encoder}${many ? ` of pair ${pair}` : ""} ${bar(step, steps ?? step)} step ${facts}`,
    );
    if (collapse !== null) lines.push(`    warning: ${collapse}`);
  }
  for (const { pair, done, parts, imagesPerSecond, etaSeconds: eta } of scoring) {
    const facts = describePoint({
      done,
      total: parts,
      imagesPerSecond: done === parts ? undefined : (imagesPerSecond ?? undefined),
      etaSeconds: done === parts ? undefined : (eta ?? undefined),
    });
    lines.push(`  scoring${many ? ` pair ${pair}` : ""} ${bar(done, parts)} parts ${facts}`);
  }
  for (const { host, pid, shard, device, scoring: threads, touchedSecondsAgo } of workers) {
    const share = shard === null ? "the whole run" : `shard ${shard}`;
    const on = device === null ? "" : `, device ${device}`;
    lines.push(
      `  at work: process ${pid} on ${host}, ${share}${on}, seen ${duration(touchedSecondsAgo)} ago`,
    );
    for (const thread of threads) lines.push(`    ${describeThread(thread, threads)}`);
  }
  if (workers.length === 0 && stage !== "done") lines.push("  nobody is at work in this run now");
  return lines.join("\n");
}
