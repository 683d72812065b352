import { SETTING_KEYS } from "../config/schema.js";
import { kebab, STEPS, type Step } from "../config/setting.js";
import { inspectRun } from "../run/open.js";
import { shown } from "./report.js";
import type { Settled } from "./settle.js";
import type { Call } from "./verb.js";

interface PlanOptions extends Settled {
  readonly steps: readonly Step[];
  readonly force: boolean;
}

const WRITES: Record<Step, string> = {
  manifest: "manifest.parquet",
  split: "split.parquet",
  train: "f/, g/",
  score: "scores/",
  analyze: "analysis.json, facts.parquet, duplicates.parquet, report.html, report.json, sheet.png",
};

/** `--dry-run`: the settings and where each came from, the steps, what would be written and how much memory it takes. Writes nothing. */
export async function describePlan(call: Call, { resolved, root, steps, force }: PlanOptions): Promise<void> {
  const { settings, from } = resolved;
  const state = await inspectRun(root, resolved);
  const first = state.blocking[0]?.step;
  const redoFrom = force ? STEPS.indexOf(first ?? (steps[0] as Step)) : STEPS.length;
  const plan = steps.map((step) => {
    const isThere = state.present.includes(step) && STEPS.indexOf(step) < redoFrom;
    return { step, writes: WRITES[step], state: isThere ? "goes on from what is there" : "to do" };
  });
  const { estimateMemory } = await import("../run/memory.js");
  const memory = steps.includes("train") || steps.includes("score") ? await estimateMemory(settings) : null;
  const amount = steps.includes("train") ? amountOfTraining(settings) : null;
  const refused = !force && first !== undefined;
  call.output.result({
    human: () =>
      [
        `Run directory: ${shown(root)}`,
        ...(refused
          ? ["It holds results made with other settings; without --force the command is refused."]
          : []),
        "",
        "Settings (where each came from):",
        ...SETTING_KEYS.map(
          (key) => `  ${kebab(key).padEnd(20)} ${String(settings[key] ?? "-").padEnd(18)} ${from[key]}`,
        ),
        "",
        "Steps:",
        ...plan.map(({ step, writes, state: now }) => `  ${step.padEnd(10)} ${writes.padEnd(54)} ${now}`),
        ...(amount === null ? [] : ["", amount]),
        ...(memory === null
          ? []
          : ["", `Memory: about ${(memory.bytes / 2 ** 30).toFixed(1)} GiB (${memory.basis}).`]),
      ].join("\n"),
    json: () => ({
      schema: "sslmem/plan@1",
      run: root,
      preset: resolved.preset,
      settings: Object.fromEntries(
        SETTING_KEYS.map((key) => [kebab(key), { value: settings[key], from: from[key] }]),
      ),
      steps: plan,
      memoryBytes: memory?.bytes ?? null,
      refused,
    }),
    quiet: () =>
      plan
        .filter((entry) => entry.state === "to do")
        .map((entry) => entry.step)
        .join("\n"),
  });
}

function amountOfTraining(settings: Settled["resolved"]["settings"]): string {
  const { limit, shared, candidate, batch, epochs, pairs } = settings;
  const encoders = `${2 * pairs} encoders, ${epochs} epochs each`;
  const toCount = (share: number): number | null =>
    share >= 1 ? share : limit === null ? null : Math.floor(share * limit);
  const [s, c] = [toCount(shared), toCount(candidate)];
  if (s === null || c === null)
    return `Training: ${encoders}; the number of steps is known once the images are listed.`;
  const perEpoch = Math.floor((s + c) / batch);
  return `Training: ${encoders} of at most ${perEpoch} steps of ${batch} images: ${2 * pairs * epochs * perEpoch} steps in all.`;
}
