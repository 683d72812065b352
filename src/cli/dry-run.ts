import { SETTING_KEYS } from "../config/all-settings.js";
import { isRead } from "../config/readers.js";
import { inspectRun } from "../run/open-run.js";
import { pairPlan } from "../run/training-plan.js";
import { kebab, STEPS, type Step } from "../settings/setting.js";
import type { Preview } from "../steps/preview.js";
import { checkTrainable } from "../steps/trainable.js";
import { checkSchedule } from "../train/check-schedule.js";
import { peakRate } from "../train/schedule.js";
import { bytesForPeople } from "./bytes-for-people.js";
import { reporterOf, shown } from "./reporting.js";
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

/**
 * `--dry-run`: the settings and where each came from, what the data are, the steps, what would be written and how much memory
 * it takes. Looks at the data, decodes none of them; writes nothing into the run. Throws what listing and dividing throw.
 */
export async function describePlan(call: Call, { resolved, root, steps, force }: PlanOptions): Promise<void> {
  const { settings, from } = resolved;
  await checkTrainable({ root, resolved, steps, force });
  const state = await inspectRun(root, resolved);
  const first = state.blocking[0]?.step;
  const redoFrom = force ? STEPS.indexOf(first ?? (steps[0] as Step)) : STEPS.length;
  const plan = steps.map((step) => {
    const isThere = state.present.includes(step) && STEPS.indexOf(step) < redoFrom;
    return { step, writes: WRITES[step], state: isThere ? "goes on from what is there" : "to do" };
  });
  const isNew = redoFrom <= STEPS.indexOf("split");
  const preview = await previewOf(call, root, resolved, isNew);
  const batch = preview.subsets === null ? settings.batch : trainingOf(resolved, preview.subsets).batch;
  const { estimateMemory } = await import("../steps/memory-estimate.js");
  const memory =
    steps.includes("train") || steps.includes("score")
      ? await estimateMemory(
          { ...settings, batch },
          { trains: steps.includes("train"), classes: preview.taken?.labels?.classes },
        )
      : null;
  const amount =
    steps.includes("train") && preview.subsets !== null ? amountOfTraining(resolved, preview.subsets) : null;
  const cached = await cacheNow(settings.cacheImages, settings.cacheLimit);
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
        ...SETTING_KEYS.filter((key) => isRead(key, settings)).map(
          (key) => `  ${kebab(key).padEnd(20)} ${String(settings[key] ?? "-").padEnd(18)} ${from[key]}`,
        ),
        "",
        "Steps:",
        ...plan.map(({ step, writes, state: now }) => `  ${step.padEnd(10)} ${writes.padEnd(54)} ${now}`),
        "",
        ...describePreview(preview),
        ...(amount === null ? [] : ["", amount]),
        ...(memory === null
          ? []
          : ["", `Memory: about ${(memory.bytes / 2 ** 30).toFixed(1)} GiB (${memory.basis}).`]),
        "",
        cached.text,
      ].join("\n"),
    json: () => ({
      schema: "sslmem/plan@1",
      run: root,
      preset: resolved.preset,
      settings: Object.fromEntries(
        SETTING_KEYS.filter((key) => isRead(key, settings)).map((key) => [
          kebab(key),
          { value: settings[key], from: from[key] },
        ]),
      ),
      steps: plan,
      images: preview.images,
      subsets: preview.subsets,
      listing: preview.taken,
      memoryBytes: memory?.bytes ?? null,
      parameters: memory?.parameters ?? null,
      cache: cached.facts,
      refused,
    }),
    quiet: () =>
      plan
        .filter((entry) => entry.state === "to do")
        .map((entry) => entry.step)
        .join("\n"),
  });
}

async function previewOf(
  call: Call,
  root: string,
  resolved: Settled["resolved"],
  isNew: boolean,
): Promise<Preview> {
  const { previewImages } = await import("../steps/preview.js");
  return previewImages(root, resolved, isNew, reporterOf(call), call.signal);
}

function describePreview({ images, subsets, isThere }: Preview): string[] {
  if (subsets === null)
    return [`Images: ${images} listed; all that can be read are ${isThere ? "used" : "scored"}.`];
  const sizes = Object.entries(subsets).map(([subset, count]) => `${count} ${subset}`);
  const condition = isThere ? "as the run has them" : "if all of these can be read";
  return [`Images: ${images} listed; split: ${sizes.join(", ")}, ${condition}.`];
}

type Subsets = NonNullable<Preview["subsets"]>;

function trainingOf(resolved: Settled["resolved"], { shared, candidate, independent }: Subsets) {
  return pairPlan(resolved, { f: shared + candidate, g: shared + independent });
}

function amountOfTraining(resolved: Settled["resolved"], subsets: Subsets): string {
  const { epochs, pairs, stopAfter } = resolved.settings;
  const { batch, steps } = trainingOf(resolved, subsets);
  const all = pairs * (steps.f + steps.g);
  const fewest = Math.min(steps.f, steps.g);
  if (fewest > 0) checkSchedule({ ...resolved.settings, batch }, fewest);
  const peak = peakRate({ ...resolved.settings, batch });
  const scaled =
    resolved.settings.batchScaling === "none"
      ? ""
      : ` With --batch-scaling the learning rate's peak is ${Number(peak.toPrecision(6))}.`;
  const stops = stopAfter === null ? "" : ` Each stops after ${stopAfter} of its steps (--stop-after).`;
  return `Training: ${2 * pairs} encoders, ${epochs} epochs each, of ${steps.f / epochs} steps of ${batch} images: ${all} steps in all.${scaled}${stops}`;
}

/** What the cache holds, and whether the run would add to it. */
async function cacheNow(keeps: boolean, limitGb: number) {
  const { cacheContents } = await import("../cache/clean-cache.js");
  const { folder, bytes } = await cacheContents();
  const now = `${shown(folder)}, ${bytesForPeople(bytes)} there now`;
  return {
    facts: { folder, bytes, keeps, limitBytes: limitGb * 1e9 },
    text: keeps
      ? `Decoded images of the subsets would be kept in ${now}, at most ${bytesForPeople(limitGb * 1e9)} (--cache-limit); --no-cache-images keeps none.`
      : `Decoded images would not be kept (${now}).`,
  };
}
