import { definitionOf, SETTING_KEYS } from "./config/all-settings.js";
import { nearest } from "./config/nearest-name.js";
import { getPreset, presetNames } from "./config/presets/index.js";
import type { Resolved } from "./config/resolve.js";
import { SslMemError } from "./errors.js";
import { kebab, type RegistryName } from "./settings/setting.js";
import { refuseTwins } from "./text/named-in.js";

/** The registries in the order of `sslmem list`, each loaded when its names are needed. */
const REGISTRIES: Record<RegistryName, () => Promise<readonly string[]>> = {
  architectures: async () => (await import("./nn/registry.js")).architectureNames(),
  methods: async () => (await import("./methods/registry.js")).methodNames(),
  optimizers: async () => (await import("./optimizers/registry.js")).optimizerNames(),
  policies: async () => (await import("./augment/registry.js")).policyNames(),
  sources: async () => (await import("./data/sources/index.js")).sourceKinds(),
  distances: async () => (await import("./score/distances/registry.js")).distanceNames(),
  schemes: async () => (await import("./native/index.js")).viewSchemes,
  engines: async () => (await import("./engine/index.js")).engineNames(),
  presets: async () => presetNames(),
};

/** What the registries are of: everything that `sslmem list` takes and shows. */
export const registryNames = Object.keys(REGISTRIES) as RegistryName[];

/**
 * The names in a registry. Help, completion, `sslmem list` and the check of every flag read them here, so that what is
 * listed is what works (design, rule 9). Throws SslMemError USAGE where two have one name.
 */
export async function namesIn(registry: RegistryName): Promise<string[]> {
  const names = [...(await REGISTRIES[registry]())];
  refuseTwins(names, registry.replace(/s$/, ""));
  return names;
}

/** What `sslmem list` says of a name beside it; "" for registries without words. */
export async function summaryOf(registry: RegistryName, name: string): Promise<string> {
  if (registry === "presets") return getPreset(name).describe;
  if (registry === "sources") return (await import("./data/sources/index.js")).sourceSummary(name);
  if (registry === "policies") {
    const { describePolicies } = await import("./augment/registry.js");
    return describePolicies().find((policy) => policy.name === name)?.description ?? "";
  }
  if (registry === "distances")
    return (await import("./score/distances/registry.js")).getDistance(name).summary;
  if (registry === "architectures") return (await import("./nn/registry.js")).getArchitecture(name).summary;
  if (registry !== "methods" && registry !== "optimizers") return "";
  const { METHODS } = await import("./methods/registry.js");
  const { OPTIMIZERS } = await import("./optimizers/registry.js");
  const entries: readonly { name: string; summary: string; settings: object }[] =
    registry === "methods" ? METHODS : OPTIMIZERS;
  const found = entries.find((entry) => entry.name === name);
  const flags = Object.keys(found?.settings ?? {}).map((key) => `--${kebab(key)}`);
  return `${found?.summary}${flags.length > 0 ? `; ${flags.join(" ")}` : ""}`;
}

/**
 * Refuses names that are in no registry; throws SslMemError USAGE with the name that was probably meant. Names of our own
 * (defaults, presets, what a method would rather have) are not looked up: that would load an engine for each command.
 */
export async function checkNames({ settings, from }: Pick<Resolved, "settings" | "from">): Promise<void> {
  for (const key of SETTING_KEYS) {
    const { registry } = definitionOf(key);
    const value = settings[key];
    if (registry === undefined || value === null || isOurs(from[key])) continue;
    const names = await namesIn(registry);
    if (names.includes(String(value))) continue;
    const guess = nearest(String(value), names);
    throw new SslMemError(
      "USAGE",
      `Expected one of ${names.join(", ")} for --${kebab(key)} but received "${value}".`,
      guess === undefined ? `sslmem list ${registry}` : `--${kebab(key)} ${guess}`,
    );
  }
}

/** Whether a value comes from us, and not from whoever calls. @param origin as Provenance has it */
export const isOurs = (origin: string): boolean => /^(default$|preset:|method:)/.test(origin);
