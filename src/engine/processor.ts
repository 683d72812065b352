import { existsSync, readFileSync } from "node:fs";

let flags: ReadonlySet<string> | null = null;

/** The processor's features as Linux names them; empty where it does not say. */
export function processorFeatures(): ReadonlySet<string> {
  flags ??= new Set(featuresIn(existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : ""));
  return flags;
}

/** The features that the text of /proc/cpuinfo names. */
export function featuresIn(cpuinfo: string): string[] {
  return (/^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? "").split(" ").filter(Boolean);
}

/** With what a processor multiplies bf16 natively, or null when it does not. */
export function bf16Unit(features: ReadonlySet<string> = processorFeatures()): string | null {
  if (features.has("amx_bf16")) return "AMX-BF16";
  if (features.has("avx512_bf16")) return "AVX512-BF16";
  return null;
}

/** Whether there may be an NVIDIA GPU: its driver is loaded. */
export function hasNvidiaDriver(): boolean {
  return existsSync("/proc/driver/nvidia/version");
}
