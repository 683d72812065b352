import type { SettingKey } from "./all-settings.js";

/**
 * What settings were before they existed: records and checkpoints of earlier versions that do not say them mean this, whatever
 * a method would have now.
 */
export const ONCE: Readonly<Partial<Record<SettingKey, unknown>>> = {
  accumulate: 1,
  minLearningRate: 0,
  batchScaling: "none",
  layerDecay: 1,
  weightDecayEnd: null,
  clipScope: "all",
  beta1: 0.9,
  beta2: 0.999,
  larsForm: "classic",
  larsTrust: 0.001,
  larsClip: false,
  alignmentWeight: 0,
  alignmentFrom: 0,
  zeroInitResidual: false,
};
