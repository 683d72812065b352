import { presetNames } from "../config/presets/index.js";
import type { RegistryName } from "../config/setting.js";

/**
 * The names in a registry, loaded when they are needed. Help, completion, `sslmem list` and the check of every flag read them
 * here, so that what is listed is what works (design, rule 9).
 */
export async function namesIn(registry: RegistryName): Promise<string[]> {
  switch (registry) {
    case "presets":
      return presetNames();
    default:
      return [];
  }
}
