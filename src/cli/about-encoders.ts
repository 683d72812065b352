import type { Settings } from "../config/all-settings.js";
import type { RunPaths } from "../run/paths.js";

/** What the summary of a run says of its encoders: which of their networks is scored, and a warning for each that has collapsed. */
export async function aboutEncoders(paths: Pick<RunPaths, "encoder">, settings: Settings) {
  const { collapsedEncoders } = await import("../run/collapsed.js");
  const { describeNetwork, scoredNetwork } = await import("../run/scored-network.js");
  const network = await scoredNetwork(paths, settings);
  const collapsed = await collapsedEncoders(paths, settings);
  return {
    facts: { network, collapsed },
    lines: [
      ...(network === null ? [] : [`Scored network: ${describeNetwork(network)}.`]),
      ...collapsed.map((line) => `Warning: ${line}`),
    ],
  };
}
