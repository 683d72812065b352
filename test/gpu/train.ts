import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Training {
  device: string;
  precision: string;
  steps: number;
  /** Training goes on from what it holds. */
  directory: string;
  viewsOn?: "auto" | "host" | "device";
  graphs?: "off" | "on";
  deterministic?: boolean;
  /** Begins from weights that are moved by this share of themselves. */
  disturbance?: number;
}

/** Losses of every step so far and the hash of the weights, from a process of its own (train-steps.ts). */
export function train(training: Training): { losses: number[]; hash: string } {
  const script = fileURLToPath(new URL("train-steps.js", import.meta.url));
  const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"];
  const stdout = execFileSync(process.execPath, [script, JSON.stringify(training)], {
    encoding: "utf8",
    stdio,
  });
  return JSON.parse(stdout);
}
