import { SslMemError } from "../errors.js";
import { deviceList } from "./devices.js";
import { tensorflowDriver } from "./tensorflow/driver.js";
import { torchDriver } from "./torch/driver.js";
import type { EngineDriver, EngineName, EngineRequest, EngineSession } from "./types.js";

export { deviceList, takeDevice } from "./devices.js";
export type { EngineDriver, EngineName, EngineRequest, EngineSession, Precision } from "./types.js";

/**
 * The registered engines in the order in which "auto" tries them. torch comes second until it has been measured on a
 * machine where it is the faster one (bf16, CUDA): on two cores with AVX2 alone TensorFlow trains faster.
 */
const DRIVERS: readonly EngineDriver[] = [tensorflowDriver, torchDriver];

let session: EngineSession | null = null;

/** Names of the registered engines, in the order in which "auto" tries them. */
export function engineNames(): EngineName[] {
  return DRIVERS.map((driver) => driver.name);
}

/** Driver of one engine. Throws SslMemError USAGE for an unknown name. */
export function engineDriver(name: string): EngineDriver {
  const driver = DRIVERS.find((candidate) => candidate.name === name);
  if (driver) return driver;
  throw new SslMemError(
    "USAGE",
    `Expected one of ${engineNames().join(", ")} for engine but received "${name}".`,
  );
}

/**
 * Starts an engine in this thread and makes it TensorFlow.js' backend; a second call with a compatible request returns
 * the running session. Of several devices it takes the first. Nothing falls back silently: an engine or device that was named and cannot be used is an
 * error; only "auto" chooses, and the session says what it chose.
 *
 * Throws SslMemError ENGINE when it is not built, does not load, or lacks the device or precision; USAGE for an unknown
 * name.
 */
export async function openEngine(given: EngineRequest = {}): Promise<EngineSession> {
  const request = { ...given, device: deviceList(given.device)[0] as string };
  if (session !== null) return compatible(session, request);
  const driver = chosenDriver(request);
  const missing = driver.missing();
  if (missing !== null) throw new SslMemError("ENGINE", missing.message, missing.hint);
  session = await driver.open(request);
  return session;
}

function chosenDriver({ engine = "auto" }: EngineRequest): EngineDriver {
  if (engine !== "auto") return engineDriver(engine);
  return DRIVERS.find((candidate) => candidate.missing() === null) ?? tensorflowDriver;
}

/**
 * The devices that scoring takes, a worker on each: those that are named, or with "auto" all GPUs that the engine can use,
 * else the one that it takes by itself. Throws SslMemError USAGE, or ENGINE when the engine cannot use several.
 */
export function scoringDevices(request: EngineRequest): string[] {
  const named = deviceList(request.device);
  const driver = chosenDriver(request);
  if (named[0] === "auto" && driver.missing() === null) return driver.devices();
  if (named.length > 1 && driver.name !== "torch") {
    throw new SslMemError(
      "ENGINE",
      `Expected one device for the ${driver.name} engine but received ${named.join(", ")}.`,
      "--engine torch",
    );
  }
  return named;
}

/**
 * Readies this process for engines in worker threads: the environment that their libraries read can be set in the main
 * thread only, and without it a worker would compute with other kernels than the main thread. Call it before the first
 * worker starts.
 */
export function prepareEngines(request: EngineRequest = {}): void {
  for (const driver of DRIVERS) driver.prepare(request);
}

function compatible(running: EngineSession, request: EngineRequest): EngineSession {
  for (const key of ["engine", "device", "precision"] as const) {
    const wanted = request[key] ?? "auto";
    if (wanted !== "auto" && wanted !== running[key]) {
      throw new SslMemError(
        "ENGINE",
        `Expected ${key} "${wanted}" but this thread already runs on "${running[key]}".`,
        "Start a new process for another engine, device or precision.",
      );
    }
  }
  return running;
}
