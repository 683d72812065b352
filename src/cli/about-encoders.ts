import type { Settings } from "../config/all-settings.js";
import type { RunPaths } from "../run/paths.js";

/** What the summary of a run says of its encoders: which of their networks is scored, and a warning for each that has collapsed. */
export async function aboutEncoders(paths: Pick<RunPaths, "encoder">, settings: Settings) {
  const { collapsedEncoders } = await import("../run/collapsed.js");
  const { scoredNetwork } = await import("../run/scored-network.js");
  const scored = await scoredNetwork(paths, settings);
  const collapsed = await collapsedEncoders(paths, settings);
  const warnings = collapsed.map((line) => `Warning: ${line}`);
  return {
    facts: { scored, collapsed },
    warnings,
    lines: [...(scored === null ? [] : [scored.sentence]), ...warnings],
  };
}
