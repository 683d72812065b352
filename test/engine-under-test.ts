import type { EngineName, Precision } from "../src/engine/index.js";

/** The engine that engine-independent tests run on; the gates run them once on each. */
export const testEngine = (process.env.SSLMEM_TEST_ENGINE ?? "tensorflow") as EngineName;

/** The precision that tests of training run in. */
export const testPrecision = (process.env.SSLMEM_TEST_PRECISION ?? "fp32") as Precision;
