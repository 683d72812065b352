import type { SingleBar } from "cli-progress";
import type { ProgressPoint, Reporter } from "../run/reporter.js";
import { printable } from "./printable.js";

/** Shows how far a piece of work is: a bar on a terminal, else one line every 30 seconds. On stderr only. */
export type Progress = Pick<Reporter, "start" | "update" | "finish">;

export interface ProgressOptions {
  readonly enabled: boolean;
  readonly stream: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; given by tests. */
  readonly now?: () => number;
}

const LINE_EVERY_MS = 30_000;

/** Chooses the bar or the lines: a bar only on a terminal, outside of CI. */
export async function createProgress(options: ProgressOptions): Promise<Progress> {
  if (!options.enabled) return { start: () => {}, update: () => {}, finish: () => {} };
  const isDumb = options.env.CI !== undefined && options.env.CI !== "" && options.env.CI !== "false";
  if (!options.stream.isTTY || isDumb || options.env.TERM === "dumb") return lines(options);
  return bar(options);
}

/** The facts of a point, in words: "step 20 of 400, loss 3.214, 512 images/s, 1 min 20 s left". */
export function describePoint(point: ProgressPoint): string {
  const words = [`${point.done} of ${point.total}`];
  if (point.loss !== undefined) words.push(`loss ${point.loss.toFixed(3)}`);
  if (point.imagesPerSecond !== undefined) words.push(`${rate(point.imagesPerSecond)} images/s`);
  if (point.etaSeconds !== undefined) words.push(`${duration(point.etaSeconds)} left`);
  return words.join(", ");
}

/** Seconds in words: "8 s", "3 min 20 s", "2 h 5 min". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown time";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A speed in words: "512", "7.4". */
export const rate = (value: number): string =>
  value >= 10 ? Math.round(value).toString() : value.toFixed(1);

function lines({ stream, now = () => performance.now() }: ProgressOptions): Progress {
  let label = "";
  let last = 0;
  return {
    start: (text) => {
      label = printable(text);
      last = now();
      stream.write(`${label} …\n`);
    },
    update: (point) => {
      if (now() - last < LINE_EVERY_MS) return;
      last = now();
      stream.write(`${label}: ${describePoint(point)}\n`);
    },
    finish: (summary) => {
      stream.write(`${label}: ${printable(summary ?? "done")}\n`);
    },
  };
}

async function bar({ stream, env }: ProgressOptions): Promise<Progress> {
  const { default: cliProgress } = await import("cli-progress");
  const isPlain = env.NO_COLOR !== undefined && env.NO_COLOR !== "";
  let label = "";
  let current: SingleBar | null = null;
  const stop = (): void => {
    current?.stop();
    current = null;
  };
  return {
    start: (text) => {
      stop();
      label = printable(text);
      current = new cliProgress.SingleBar({
        stream,
        format: isPlain ? "{label} [{bar}] {facts}" : "\u001b[36m{label}\u001b[0m [{bar}] {facts}",
        barCompleteChar: "=",
        barIncompleteChar: " ",
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        fps: 5,
        gracefulExit: false,
      });
      current.start(1, 0, { label, facts: "" });
    },
    update: (point) => {
      current?.setTotal(point.total);
      current?.update(point.done, { label, facts: describePoint(point) });
    },
    finish: (summary) => {
      stop();
      stream.write(`${label}: ${printable(summary ?? "done")}\n`);
    },
  };
}
