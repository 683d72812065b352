import type { SettingKey } from "./all-settings.js";

/**
 * What settings were before they existed: records and checkpoints of earlier versions that do not say them mean this, whatever
 * a method would have now.
 */
export const ONCE: Readonly<Partial<Record<SettingKey, unknown>>> = {
  accumulate: 1,
  zeroInitResidual: false,
};
