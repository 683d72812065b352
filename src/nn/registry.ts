import { valuesOf } from "../settings/registry.js";
import type { SettingTable } from "../settings/setting.js";
import { namedIn } from "../text/named-in.js";
import type { Architecture } from "./architecture.js";
import { RESNETS } from "./architectures/resnet.js";
import { resnet9 } from "./architectures/resnet9.js";
import { VITS } from "./architectures/vit.js";

/** Every architecture there is. */
export const ARCHITECTURES = [resnet9, ...RESNETS, ...VITS] as const;

/** Names of the registered architectures. */
export function architectureNames(): string[] {
  return ARCHITECTURES.map(({ name }) => name);
}

/**
 * The architecture of that name, with settings.
 *
 * @param settings values by name, of others too; those that are left out have their defaults
 * @throws SslMemError USAGE for an unknown name, or a value that is out of its range
 */
export function getArchitecture(name: string, settings: object = {}): Architecture {
  return withSettings(declared(name), settings);
}

/** The settings that the architecture of that name declares. Throws SslMemError USAGE for an unknown name. */
export function architectureSettings(name: string): SettingTable {
  return declared(name).settings;
}

const declared = (name: string): Architecture =>
  namedIn(ARCHITECTURES as readonly unknown[] as Architecture[], name, "architecture");

/** An architecture whose settings are these, and that has none any longer. Throws SslMemError USAGE for a value out of its range. */
export function withSettings(architecture: Architecture, settings: object): Architecture {
  if (Object.keys(architecture.settings).length === 0) return architecture;
  const values = valuesOf(architecture.settings, { ...settings });
  return {
    ...architecture,
    settings: {},
    network: (image, _values, kit) => architecture.network(image, values, kit),
  };
}

/**
 * The settings of an architecture that are not at their defaults and say what it computes by given weights, by name: what a record of
 * a network in inference needs beside its name.
 */
export function unusualSettings(name: string, settings: object): Readonly<Record<string, unknown>> {
  const table = architectureSettings(name);
  const values = Object.entries(valuesOf(table, { ...settings }));
  return Object.fromEntries(
    values.filter(([key, value]) => !table[key]?.trainingOnly && value !== table[key]?.default),
  );
}
