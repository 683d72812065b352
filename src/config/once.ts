import type { SettingKey } from "./all-settings.js";

/**
 * What settings were before they existed: records and checkpoints of earlier versions that do not say them mean this, whatever
 * a method would have now.
 */
export const ONCE: Readonly<Partial<Record<SettingKey, unknown>>> = {
  accumulate: 1,
  alignmentWeight: 0,
  alignmentFrom: 0,
  zeroInitResidual: false,
};
