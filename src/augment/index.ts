/** Augmentation: named policies, and the views they give. The pixels are made by the native core. */

export { OpenPolicy, openPolicy, type ViewSelection } from "./open-policy.js";
export { imagenetMean, imagenetStd, type Policy, type PolicyOptions, type ViewGroup } from "./policy.js";
export { describePolicies, getPolicy, policyNames } from "./registry.js";
export type { Op, TransformSpec } from "./specs.js";
export { viewBytes } from "./view-bytes.js";
