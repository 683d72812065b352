import type { Settings } from "../all-settings.js";

/** A named set of settings for one kind of machine or experiment. */
export interface Preset {
  readonly name: string;
  /** One line for help and `sslmem list presets`, with the time it takes where that is known. */
  readonly describe: string;
  readonly settings: Partial<Settings>;
}
