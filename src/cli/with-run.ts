import { openRun } from "../run/open-run.js";
import type { Shard } from "../run/shard.js";
import type { Step } from "../settings/setting.js";
import { type StepContext, stepContext } from "../steps/step-context.js";
import { checkTrainable } from "../steps/trainable.js";
import { reporterOf, shown } from "./reporting.js";
import type { Settled } from "./settle.js";
import { type Call, switchFlag } from "./verb.js";

/** Opens the run of a verb (as openRun says), does the work in it, and closes it whatever happens. */
export async function withRun(
  call: Call,
  { root, resolved }: Settled,
  steps: readonly Step[],
  shard: Shard | null,
  work: (context: StepContext) => Promise<void>,
  looksOnly = false,
): Promise<void> {
  const force = switchFlag(call, "force");
  const name = shard === null ? null : `${shard.index + 1}-of-${shard.count}`;
  const { command, output } = call;
  const onNote = output.note;
  await checkTrainable({ root, resolved, steps, force });
  const run = await openRun({
    root,
    resolved,
    steps,
    force,
    shard: name,
    command,
    looksOnly,
    onNote,
    beforeMoving: async (over) => {
      const { checkAhead } = await import("../steps/check-ahead.js");
      await checkAhead(over, reporterOf(call), call.signal);
    },
  });
  try {
    if (run.movedTo !== null) output.note(`What was there is now in ${shown(run.movedTo)}.`);
    await work(stepContext(run, reporterOf(call), call.signal));
  } finally {
    await run.release();
  }
}
