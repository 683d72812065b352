import type { SettingKey } from "./all-settings.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that the environment may give: the device, which is a fact of the machine. Never anything that changes a number. */
export function machineSettingsFrom(env: Environment): Map<SettingKey, { value: unknown; variable: string }> {
  const found = new Map<SettingKey, { value: unknown; variable: string }>();
  if (env.SSLMEM_DEVICE) found.set("device", { value: env.SSLMEM_DEVICE, variable: "SSLMEM_DEVICE" });
  return found;
}
