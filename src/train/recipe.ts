import { createHash } from "node:crypto";
import { definitionOf, SETTING_KEYS, type SettingKey, type Settings } from "../config/all-settings.js";
import { ONCE } from "../config/once.js";
import { type Choices, isRead } from "../config/readers.js";
import type { EngineChoice } from "../engine/index.js";
import { SslMemError } from "../errors.js";
import { getMethod } from "../methods/registry.js";
import { buildNetwork, getArchitecture } from "../nn/index.js";
import { architectureSettings } from "../nn/registry.js";
import { getOptimizer } from "../optimizers/registry.js";
import { valuesOf } from "../settings/registry.js";
import { kebab } from "../settings/setting.js";
import { whatDiffers } from "../text/differing.js";
import { checkGiven } from "../text/given.js";
import { needsOf } from "./objective.js";
import { pairSeeds } from "./training-pair.js";
import type { TrainOptions, TrainRecipe } from "./types.js";

/** The settings that change what a training makes: of those that methods, optimisers and architectures declare, the chosen ones'. */
const trainingKeys = (of: Choices): SettingKey[] =>
  SETTING_KEYS.filter((key) => definitionOf(key).step === "train" && isRead(key, of));

const choicesOf = ({ method, optimizer, architecture: arch }: TrainRecipe): Choices => ({
  method,
  optimizer,
  arch,
});

/** Which computes: the part of an engine's choice that weights depend on. */
export type Computed = Pick<EngineChoice, "engine" | "precision" | "deterministic">;
type Own = (options: TrainOptions, computed: Computed) => Record<string, unknown>;

/** Training settings that do not stand in the recipe by their own name: what stands for them in a checkpoint's identity. */
const STANDS_FOR: Partial<Record<SettingKey, Own>> = {
  arch: ({ architecture }) => ({ architecture }),
  seed: ({ seed, orderSeed }) => ({ seed, orderSeed }),
  pairSeeds: () => ({}), // in the seeds of g
  pairs: () => ({}), // an encoder does not depend on how many others there are
  engine: (_, { engine }) => ({ engine }),
  precision: (_, { precision }) => ({ precision }),
  deterministic: (_, { deterministic }) => ({ deterministic }),
  // "auto" is sharp.
  decode: ({ decode }) => ({ decode: decode === "nvjpeg" ? "nvjpeg" : "sharp" }),
};

/**
 * The recipe of one encoder: every setting whose step is "train", so that a new one is in recipes and in checkpoints without
 * being listed here. `engine`, `precision` and `deterministic` are not in it: the open engine says what they came to.
 *
 * @param pair number of the pair, from 0
 */
export function recipeOf(settings: Settings, pair: number, role: "f" | "g"): TrainRecipe {
  checkGiven("recipeOf", { settings, pair, role }, ["settings.arch", "pair", "role"]);
  const own = trainingKeys(settings).filter((key) => STANDS_FOR[key] === undefined || key === "decode");
  const values = Object.fromEntries(own.map((key) => [key, settings[key]]));
  const seeds = pairSeeds(settings.seed, pair, role, settings.pairSeeds === "independent");
  return { ...values, architecture: settings.arch, ...seeds } as TrainRecipe;
}

/** SHA-256 (hex) of the indices of the images that an encoder trains on. */
export const imagesDigest = (indices: Uint32Array): string =>
  createHash("sha256").update(indices).digest("hex");

/**
 * JSON of what an encoder's weights depend on: the training settings, the images, and what computes. Throws SslMemError USAGE for
 * a policy or an architecture that the method cannot work with.
 */
export function identityOf(options: TrainOptions, { engine, precision, deterministic }: Computed): string {
  const computed = { engine, precision, deterministic };
  const identity: Record<string, unknown> = {};
  // What is left out has its default.
  const declared: Record<string, unknown> = {
    ...valuesOf(getOptimizer(options.optimizer).settings, { ...options }),
    ...valuesOf(getMethod(options.method).settings, { ...options }),
    ...valuesOf(architectureSettings(options.architecture), { ...options }),
  };
  for (const key of trainingKeys(choicesOf(options))) {
    const own = STANDS_FOR[key]?.(options, computed) ?? {
      [key]: declared[key] ?? options[key as keyof TrainOptions] ?? ONCE[key] ?? null,
    };
    Object.assign(identity, own);
  }
  return JSON.stringify({
    ...identity,
    ...groupsOf(options),
    images: imagesDigest(options.indices),
    manifest: options.manifestHash ?? null,
    [BEGINNING]: "by name",
  });
}

/** Which groups of the policy the views are of. */
const GROUPS = "groupsOfPolicy";
/** Those of two views in earlier versions, whatever the policy has. */
const FIRST_GROUP = [0, 0];

/** The groups where a view is of another one than the first. */
function groupsOf(options: TrainOptions): Record<string, unknown> {
  const network = buildNetwork(getArchitecture(options.architecture, options), options.imageSize);
  const groups = needsOf(getMethod(options.method), options, network).views.map(({ group }) => group);
  return groups.some((group) => group > 0) ? { [GROUPS]: groups } : {};
}

/** Whether a checkpoint of an earlier version says a setting that its method, optimiser and architecture do not read. */
function isUnread(key: string, of: Record<string, unknown>): boolean {
  const setting = SETTING_KEYS.find((one) => one === key);
  return setting !== undefined && !isRead(setting, choicesOf(of as unknown as TrainRecipe));
}

/** How initial values are drawn; earlier versions drew them by place. */
const BEGINNING = "initialValues";
/** What checkpoints of earlier versions do not say; the run's own record tells when it has changed. */
const LATER = ["engine", "precision", "deterministic", "decode", BEGINNING];

/** Whether a training began with the initial values that one would begin with now. @param configuration as identityOf gives it */
export const beginsAsNow = (configuration: string): boolean => BEGINNING in JSON.parse(configuration);

/**
 * Refuses to go on from a checkpoint of another identity. One of an earlier version goes on where all that it says is still
 * so.
 *
 * @param before, now as identityOf gives them @param directory where the checkpoint is
 * @throws SslMemError USAGE naming what differs
 */
export function checkIdentity(before: string, now: string, directory: string): void {
  if (before === now) return;
  const [said, asked] = [JSON.parse(before), JSON.parse(now)] as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  const differing = whatDiffers(
    { ...ONCE, [GROUPS]: FIRST_GROUP, ...said },
    { [GROUPS]: FIRST_GROUP, ...asked },
    (key) => !(LATER.includes(key) && !(key in said)) && !(isUnread(key, said) && isUnread(key, asked)),
    kebab,
  );
  if (differing === null) return;
  throw new SslMemError(
    "USAGE",
    `Expected the recipe that ${directory} was begun with but it differs: ${differing}.`,
    "--force starts over; another --run leaves it as it is",
  );
}
