import { existsSync } from "node:fs";
import type { Resolved } from "../config/resolve.js";
import { Manifest, Split } from "../data/index.js";
import { SslMemError } from "../errors.js";
import type { Reporter } from "../run/reporter.js";
import type { StartOver } from "../run/start-over.js";
import { checkedPairPlan } from "../run/training-plan.js";
import { STEPS, type Step } from "../settings/setting.js";
import { checkLabels, pairIndices } from "../train/index.js";
import { checkExclusions } from "./exclusions.js";
import { openData } from "./open-data.js";
import { previewImages } from "./preview.js";
import { engineRequest } from "./step-context.js";
import { trainedPairs } from "./train.js";
import { checkUnchanged } from "./unchanged.js";

/**
 * Looks for whatever would end a command after it has moved results aside, as far as it can be known before: an engine that
 * is not there, images that are not what they were or that cannot be divided so, a batch that is too large, encoders that are
 * not trained. Writes nothing into the run. Throws what the steps would throw; the signal's reason.
 */
export async function checkAhead(
  over: StartOver,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { resolved, steps, from } = over;
  const { f, g } = resolved.settings;
  const isForeign = f !== null && g !== null;
  const [trains, scores] = [steps.includes("train"), steps.includes("score")];
  if (scores && !trains && !isForeign && !isAfter(from, "train")) throw noTraining(over);
  if (trains || scores) await checkEngine(resolved);
  const { split, training } = await imagesAhead(over, isForeign && !trains, reporter, signal);
  if (trains && training !== null) checkedPairPlan(resolved, training);
  else if (scores && !isForeign && split !== null) await trainedPairs({ run: over }, split);
}

async function checkEngine({ settings }: Resolved): Promise<void> {
  const { chooseEngine, scoringDevices } = await import("../engine/index.js");
  const request = engineRequest(settings);
  chooseEngine(request);
  scoringDevices(request);
}

/**
 * The split that the command goes on with, null where it makes one, and how many images each encoder trains on; null where
 * nothing is divided.
 */
async function imagesAhead(
  { paths, resolved, from }: StartOver,
  isForeign: boolean,
  reporter: Reporter,
  signal: AbortSignal | undefined,
): Promise<{ split: Split | null; training: Record<"f" | "g", number> | null }> {
  // What is found is told when the work is done for good.
  const quiet = { ...reporter, note: () => {} };
  const hasSplit = existsSync(paths.split);
  const goesOn = isAfter(from, "split") && existsSync(paths.manifest) && (hasSplit || isForeign);
  if (!goesOn) {
    const { subsets } = await previewImages(paths.root, resolved, true, quiet, signal);
    if (subsets === null) return { split: null, training: null };
    const { shared, candidate, independent } = subsets;
    return { split: null, training: { f: shared + candidate, g: shared + independent } };
  }
  const manifest = await Manifest.read(paths.manifest);
  const split = hasSplit ? await Split.read(paths.split, manifest) : null;
  if (split !== null) await checkExclusions(split, resolved.settings);
  const { source, known } = await openData(resolved.settings, quiet, signal);
  try {
    await checkUnchanged({ reporter: quiet, signal }, source, manifest, known);
  } finally {
    await known.keep().catch(() => {});
    await source.close();
  }
  if (split === null) return { split, training: null };
  checkLabels(resolved.settings, manifest.images, split);
  const { f, g } = pairIndices(split);
  return { split, training: { f: f.length, g: g.length } };
}

const isAfter = (step: Step, other: Step) => STEPS.indexOf(step) > STEPS.indexOf(other);

const noTraining = ({ paths: { root } }: StartOver) =>
  new SslMemError(
    "USAGE",
    `Expected the settings that the encoders of ${root} were trained with, since score trains none, but --force with these would move them aside.`,
    `sslmem audit --force, or train --force and then score, with --run ${root} and the same flags; or another --run`,
  );
