import { SslMemError } from "../errors.js";

const HINT = "--device cuda:0, or --device cuda:0,cuda:1 for a worker on each when scoring";

/**
 * The devices that a setting names: `auto`, `cpu`, `cuda:n`, or several GPUs as `cuda:0,cuda:1`.
 *
 * @returns at least one, in the order given
 * @throws SslMemError USAGE for anything else, and for one that is named twice
 */
export function deviceList(setting = "auto"): string[] {
  const devices = setting.split(",").map((device) => device.trim());
  const form = devices.length === 1 ? /^(auto|cpu|cuda:\d+)$/ : /^cuda:\d+$/;
  if (devices.every((device) => form.test(device)) && new Set(devices).size === devices.length)
    return devices;
  throw new SslMemError(
    "USAGE",
    `Expected auto, cpu, cuda:N or several of these for --device but received "${setting}".`,
    HINT,
  );
}

/**
 * The next device of a list, one for each worker that asks; more workers than devices share them evenly.
 *
 * @param turns one word that all workers share, 0 at first
 */
export function takeDevice(devices: readonly string[], turns: Int32Array): { device: string; turn: number } {
  const turn = Atomics.add(turns, 0, 1);
  return { device: devices[turn % devices.length] as string, turn };
}
