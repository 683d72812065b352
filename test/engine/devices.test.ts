import test from "ava";
import { deviceList, engineDriver, scoringDevices, takeDevice } from "../../src/engine/index.js";

test("a device setting is one device or several GPUs", (t) => {
  t.deepEqual(deviceList(), ["auto"]);
  t.deepEqual(deviceList("cpu"), ["cpu"]);
  t.deepEqual(deviceList("cuda:1, cuda:0"), ["cuda:1", "cuda:0"]);
  for (const wrong of ["", "gpu", "cuda", "cuda:x", "cpu,cuda:0", "auto,cuda:0", "cuda:0,cuda:0", "cuda:0,"])
    t.throws(() => deviceList(wrong), { code: "USAGE" }, wrong);
});

test("workers take the devices in turns, however many they are", (t) => {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const devices = ["cuda:0", "cuda:1", "cuda:2"];
  const taken = Array.from({ length: 7 }, () => takeDevice(devices, turns));
  t.deepEqual(
    taken.map(({ device }) => Number(device.slice(5))),
    [0, 1, 2, 0, 1, 2, 0],
  );
  t.deepEqual(
    taken.map(({ turn }) => turn),
    [0, 1, 2, 3, 4, 5, 6],
  );
});

test("auto is what the engine has; devices that are not there are refused by name", (t) => {
  t.deepEqual(scoringDevices({ engine: "tensorflow" }), ["auto"]);
  t.deepEqual(scoringDevices({ engine: "tensorflow", device: "cpu" }), ["cpu"]);
  t.throws(() => scoringDevices({ engine: "tensorflow", device: "cuda:0,cuda:1" }), { code: "ENGINE" });
  if (engineDriver("torch").missing() !== null) return;
  const there = scoringDevices({ engine: "torch" });
  t.true(there.length > 0 && there.every((device) => /^(cpu|cuda:\d+)$/.test(device)));
  // Each of a list must be there, and is named when it is not.
  const missing = `cuda:${there.length + 7}`;
  t.throws(() => scoringDevices({ engine: "torch", device: `cuda:90,${missing}` }), {
    code: "ENGINE",
    message: /"cuda:90"/,
  });
});
