import { SslMemError } from "../errors.js";
import { asym } from "./policies/asym.js";
import { dino, dinoWide } from "./policies/dino.js";
import { evaluation } from "./policies/eval.js";
import { independent, normal, strong, weak } from "./policies/layermem.js";
import { mae } from "./policies/mae.js";
import { moco } from "./policies/moco.js";
import { simclr } from "./policies/simclr.js";
import {
  imagenetMean,
  imagenetStd,
  type Policy,
  type PolicyDefinition,
  type PolicyOptions,
  type PolicySettings,
} from "./policy.js";
import type { Triple } from "./specs.js";

const LEAST_IMAGE_SIZE = 8;
const MOST_IMAGE_SIZE = 4096;

/** Every policy, in the order in which they are listed. */
const policies: readonly PolicyDefinition[] = [
  simclr,
  moco,
  asym,
  mae,
  dino,
  dinoWide,
  weak,
  normal,
  strong,
  independent,
  evaluation,
];

/** Names that getPolicy takes. */
export function policyNames(): string[] {
  return policies.map((policy) => policy.name);
}

/** Name and one line on each policy. */
export function describePolicies(): { name: string; description: string }[] {
  return policies.map(({ name, description }) => ({ name, description }));
}

/**
 * The policy of that name at an image size.
 *
 * @throws SslMemError USAGE when the name is unknown or an option is out of its range
 */
export function getPolicy(name: string, options: PolicyOptions): Policy {
  const definition = policies.find((policy) => policy.name === name);
  if (definition === undefined) {
    throw new SslMemError(
      "USAGE",
      `Expected one of ${policyNames().join(", ")} for policy but received "${name}".`,
      "`sslmem list policies` says what each of them does.",
    );
  }
  return { name, groups: definition.build(settle(options)) };
}

function settle(options: PolicyOptions): PolicySettings {
  const { imageSize, mean = imagenetMean, std = imagenetStd } = options;
  if (!Number.isInteger(imageSize) || imageSize < LEAST_IMAGE_SIZE || imageSize > MOST_IMAGE_SIZE) {
    const range = `[${LEAST_IMAGE_SIZE}, ${MOST_IMAGE_SIZE}]`;
    throw new SslMemError(
      "USAGE",
      `Expected an integer in ${range} for imageSize but received ${imageSize}.`,
    );
  }
  checkTriple("mean", mean, (value) => Number.isFinite(value), "three finite numbers");
  checkTriple("std", std, (value) => Number.isFinite(value) && value > 0, "three numbers > 0");
  return { imageSize, mean, std };
}

function checkTriple(name: string, values: Triple, fits: (value: number) => boolean, expected: string): void {
  if (values.length === 3 && values.every(fits)) return;
  throw new SslMemError("USAGE", `Expected ${expected} for ${name} but received [${values.join(", ")}].`);
}
