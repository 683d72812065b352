import type { Resolved } from "../config/resolve.js";
import type { Step } from "../settings/setting.js";
import type { RunPaths } from "./paths.js";

/** A command that is about to move results of a run aside. */
export interface StartOver {
  readonly paths: RunPaths;
  readonly resolved: Resolved;
  /** The steps that it does. */
  readonly steps: readonly Step[];
  /** The first step whose files it moves; those of later ones go with them. */
  readonly from: Step;
}
