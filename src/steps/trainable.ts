import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Resolved } from "../config/resolve.js";
import { type RunPaths, runPaths } from "../run/paths.js";
import type { Step } from "../settings/setting.js";

/** A command before it opens its run. */
interface Command {
  /** The run directory. */
  readonly root: string;
  readonly resolved: Resolved;
  /** The steps that it does. */
  readonly steps: readonly Step[];
  readonly force: boolean;
}

/**
 * Refuses settings that no training can begin with, before anything is opened: what the method cannot work with, an architecture
 * without layers for --layer-decay, and --accumulate for a loss across samples. What has been begun goes on: earlier versions
 * measured such losses in parts. Opens no engine; loads one's library where a training is to begin.
 *
 * @throws SslMemError USAGE
 */
export async function checkTrainable({ root, resolved, steps, force }: Command): Promise<void> {
  const { settings } = resolved;
  if (!steps.includes("train") || (!force && isBegun(runPaths(root), settings.pairs))) return;
  const { checkSampleWise } = await import("../train/check-sample-wise.js");
  const { layerFactors } = await import("../train/layer-decay.js");
  const { objectiveFor } = await import("./objective-for.js");
  const { layerDecay, arch } = settings;
  const { network, objective } = objectiveFor(settings);
  layerFactors(network, layerDecay, arch);
  checkSampleWise(objective, settings);
}

/** Whether an encoder of the run has a checkpoint. */
export const isBegun = (paths: Pick<RunPaths, "encoder">, pairs: number): boolean =>
  Array.from({ length: pairs }).some((_, pair) =>
    (["f", "g"] as const).some((role) => existsSync(join(paths.encoder(role, pair), "latest"))),
  );
