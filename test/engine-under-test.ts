import type { EngineName } from "../src/engine/index.js";

/** The engine that engine-independent tests run on; the gates run them once on each. */
export const testEngine = (process.env.SSLMEM_TEST_ENGINE ?? "tensorflow") as EngineName;
