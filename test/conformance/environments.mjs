// A module of its own, because imports are evaluated before the statements around them.
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";

setTestEnvs([{ name: "test-tensorflow", backendName: "tensorflow", flags: {}, isDataSync: true }]);
