import { resolve } from "node:path";
import type { SettingKey, Settings } from "../config/all-settings.js";
import { checkConsistency } from "../config/consistency.js";
import { type Resolved, resolveSettings } from "../config/resolve.js";
import { checkData } from "../data/sources/index.js";
import { deviceList } from "../engine/devices.js";
import { checkNames, isOurs } from "../registries.js";
import { checkSchedule } from "../train/check-schedule.js";

/**
 * Settings for a program: a preset with some values of its own, checked as the command line checks its flags. `data` is
 * a path or `synthetic:…`; every other setting is optional (their units and ranges: `sslmem audit --help`).
 *
 * Throws SslMemError USAGE for a value out of its range, an unknown name or a contradiction; DATA when the data are not there.
 */
export async function settingsFor(
  values: Partial<Settings> & { data: string },
  preset?: string,
): Promise<Resolved> {
  const options = new Map(Object.entries(values)) as Map<SettingKey, unknown>;
  return checkSettings(resolveSettings({ flags: new Map(), options, preset }));
}

/**
 * Checks resolved settings against each other, the registries and the disk, and makes their paths absolute.
 * Throws SslMemError USAGE or DATA, as above. Touches nothing.
 */
export async function checkSettings(resolved: Resolved): Promise<Resolved> {
  const settings = { ...resolved.settings };
  for (const key of ["data", "f", "g"] as const) {
    const value = settings[key];
    if (value !== null && !value.startsWith("synthetic:")) settings[key] = resolve(value);
  }
  // Before a run directory is made for it: a slip of the path should leave nothing behind.
  await checkData(settings.data as string);
  deviceList(settings.device);
  await checkNames({ ...resolved, settings });
  checkConsistency(settings, resolved.from);
  checkSchedule(settings, null);
  await checkNetwork({ ...resolved, settings });
  if (settings.network === "average") await checkAverage(settings);
  // The cache holds what sharp decoded.
  if (settings.decode === "nvjpeg") settings.cacheImages = false;
  return { ...resolved, settings };
}

/** Before anything is trained that then could not be scored. Throws SslMemError USAGE where the method keeps no average. */
async function checkAverage(settings: Settings): Promise<void> {
  const { objectiveFor } = await import("./objective-for.js");
  const { noAverage, prefixOfCopy } = await import("../train/network-files.js");
  const { network, objective } = objectiveFor(settings);
  const names = (specs: readonly { name: string }[]) => new Set(specs.map(({ name }) => name));
  if (prefixOfCopy(names(network.parameters), names(objective.state ?? [])) === null)
    throw noAverage(`--method ${settings.method}`);
}

/** The standard architecture takes the standard image size, so that settings left alone need no engine's library. */
async function checkNetwork({ settings, from }: Resolved): Promise<void> {
  const keys = ["arch", "imageSize", "layer", "pooling"] as const;
  if (keys.every((key) => isOurs(from[key]))) return;
  const { buildNetwork, checkLayer, checkPooling, getArchitecture } = await import("../nn/index.js");
  const { arch, imageSize, layer, pooling } = settings;
  const network = buildNetwork(getArchitecture(arch, settings), imageSize);
  checkLayer(arch, network, layer);
  checkPooling(arch, network, pooling);
}
