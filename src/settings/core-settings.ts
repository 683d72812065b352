import { dataSettings, splitSettings } from "./data-settings.js";
import { machineSettings } from "./machine-settings.js";
import { scoringSettings } from "./scoring-settings.js";
import type { ValuesOf } from "./setting.js";
import { modelSettings, repetitionSettings, trainingSettings } from "./training-settings.js";

/** The settings that every run has, whatever its method and optimiser; in front of theirs, and behind them, in the order of help. */
export const CORE_BEFORE = { ...dataSettings, ...splitSettings, ...modelSettings, ...trainingSettings };
export const CORE_AFTER = { ...repetitionSettings, ...scoringSettings, ...machineSettings };

export type CoreSettings = ValuesOf<typeof CORE_BEFORE> & ValuesOf<typeof CORE_AFTER>;
