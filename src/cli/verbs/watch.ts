import { resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { codeOfExit, SslMemError } from "../../errors.js";
import type { RunProgress } from "../../run/progress.js";
import { describeProgress } from "../progress-lines.js";
import { switchFlag, textFlag, type Verb } from "../verb.js";

/** `sslmem watch RUN`: how far a run is, out of its files alone. */
export const watch: Verb = {
  positionals: "<run>",
  positionalHelp: "The directory of a run that is under way, on this machine or on a shared disk.",
  groups: [],
  usesRun: false,
  flags: {
    once: { describe: "Say it once and end", group: "Output:", type: "boolean" },
    "every-s": {
      describe: "Seconds between two looks",
      group: "Output:",
      defaultDescription: "2 on a terminal, else 30",
    },
  },
  examples: [
    [
      "sslmem watch runs/mine",
      "until the run has ended, and as it did: exit 0 when it is done; Ctrl-C leaves it alone",
    ],
    ["sslmem watch runs/mine --once --format json", "for programs"],
  ],
  async run(call) {
    const [run, ...rest] = call.positional;
    if (run === undefined || rest.length > 0)
      throw new SslMemError("USAGE", `Expected one run directory but received ${call.positional.length}.`);
    const text = textFlag(call, "every-s");
    const isTerminal = process.stdout.isTTY && call.output.format === "human";
    const every = text === undefined ? (isTerminal ? 2 : 30) : Number(text);
    if (!(every > 0) || every > 86_400)
      throw new SslMemError("USAGE", `Expected seconds in (0, 86400] for --every-s but received "${text}".`);
    const { progressOf } = await import("../../run/progress.js");
    let lines = 0;
    for (;;) {
      const progress = await progressOf(resolve(run));
      // The last picture is written over, so that a terminal shows one that moves.
      if (lines > 0 && isTerminal) process.stdout.write(`\u001b[${lines}A\u001b[J`);
      const human = describeProgress(progress);
      lines = human.split("\n").length;
      call.output.result({
        human: () => human,
        json: () => ({ ...progress }),
        quiet: () => progress.stage,
      });
      if (switchFlag(call, "once") || progress.stage === "done") return;
      if (progress.ended !== null) throw notDone(progress);
      const isOver = await setTimeout(1000 * every, false, { signal: call.signal }).catch(() => true);
      if (isOver) throw stoppedWatching(call.signal);
    }
  },
};

/** Ends as the run's last command did; 130, as what can go on, where that was killed. What it said stands in the last picture. */
function notDone({ run, ended }: RunProgress): SslMemError {
  const exit = ended?.exit ?? 130;
  const code = codeOfExit(exit);
  const signal = exit === 143 ? { signal: "SIGTERM" as const } : {};
  return new SslMemError(code, `${run} is not done, and nobody is at work in it.`, undefined, signal);
}

/** Ctrl-C ends with 130 as everywhere, so that a script can tell it from a run that has ended; the run is not touched. */
function stoppedWatching({ reason }: AbortSignal): SslMemError {
  const signal = reason instanceof SslMemError ? reason.signal : undefined;
  return new SslMemError("INTERRUPTED", "Stopped watching; the run goes on.", undefined, {
    ...(signal && { signal }),
  });
}
