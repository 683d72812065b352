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

test("auto is what the engine has; an engine that computes on one device takes no list", (t) => {
  t.deepEqual(scoringDevices({ engine: "tensorflow" }), ["auto"]);
  t.deepEqual(scoringDevices({ engine: "tensorflow", device: "cpu" }), ["cpu"]);
  t.throws(() => scoringDevices({ engine: "tensorflow", device: "cuda:0,cuda:1" }), {
    code: "ENGINE",
    message: /cuda:0, cuda:1/,
  });
  t.deepEqual(scoringDevices({ engine: "torch", device: "cuda:2,cuda:5" }), ["cuda:2", "cuda:5"]);
  if (engineDriver("torch").missing() === null)
    t.true(scoringDevices({ engine: "torch" }).every((device) => /^(cpu|cuda:\d+)$/.test(device)));
});
