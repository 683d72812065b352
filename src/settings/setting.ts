import type { Kind } from "./kinds.js";

/** The steps of an audit, in order. A setting belongs to the first step whose product it changes. */
export const STEPS = ["manifest", "split", "train", "score", "analyze"] as const;
export type Step = (typeof STEPS)[number];

/** The registries whose names a setting can take (design, rule 9). */
export type RegistryName =
  | "sources"
  | "architectures"
  | "methods"
  | "optimizers"
  | "policies"
  | "distances"
  | "schemes"
  | "engines"
  | "presets";

export type Group = "Data" | "Split" | "Model" | "Training" | "Scoring" | "Machine";

/** One setting: its kind and range, its default, and the words that help and documentation use for it. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  /** What it is, with its unit. */
  readonly describe: string;
  readonly group: Group;
  /** First step whose files it changes; null for what changes none (number of threads, for instance). */
  readonly step: Step | null;
  /** The registry that says which names are valid. */
  readonly registry?: RegistryName;
  /** Of an architecture's: it changes initial values or training alone, and nothing of what a network computes by given weights. */
  readonly trainingOnly?: true;
  /** Another name for the flag. */
  readonly alias?: string;
}

/** Declares a setting; exists so that T is inferred from the kind. */
export function setting<T>(definition: Omit<Setting<T>, "default"> & { default: NoInfer<T> }): Setting<T> {
  return definition;
}

/** Settings by their names in programs. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** What a table's settings are when they are resolved. */
export type ValuesOf<S> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** imageSize -> image-size: the name in flags, in configuration files and in config.json. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
