// A module of its own, because imports are evaluated before the statements around them.
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util";

// "test-tensorflow" or "test-torch": part of every spec's name.
const backendName = process.env.SSLMEM_CONFORMANCE;
setTestEnvs([{ name: `test-${backendName}`, backendName, flags: {}, isDataSync: true }]);
