// A training in a process of its own, for the test that kills it. Arguments: directory.

import { openEngine } from "../../src/engine/index.js";
import { trainEncoder } from "../../src/train/index.js";
import { testEngine, testPrecision } from "../engine-under-test.js";
import { smallStore, trainOptions } from "./helpers.js";

await openEngine({ engine: testEngine, device: "cpu", precision: testPrecision });
await trainEncoder(trainOptions(await smallStore(), process.argv[2] as string, { checkpointEverySteps: 4 }));
