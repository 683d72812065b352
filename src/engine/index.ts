import { SslMemError } from "../errors.js";
import { chooseEngine, engineDriver, engineNames } from "./choose.js";
import { deviceList } from "./devices.js";
import type { EngineChoice, EngineRequest, EngineSession } from "./types.js";

export { autoEngine, chooseEngine, engineDriver, engineNames } from "./choose.js";
export { deviceList, takeDevice } from "./devices.js";
export { waitWithinMemory, withinMemory } from "./out-of-memory.js";
export type {
  EngineChoice,
  EngineDriver,
  EngineName,
  EngineRequest,
  EngineSession,
  Precision,
} from "./types.js";

let session: EngineSession | null = null;

/**
 * Starts an engine in this thread and makes it TensorFlow.js' backend; a second call with a compatible request returns
 * the running session. What "auto" stands for is chooseEngine's. Of several devices it takes the first.
 *
 * Throws SslMemError ENGINE when it is not built, does not load, or lacks the device, precision or determinism; USAGE for an
 * unknown name.
 */
export async function openEngine(request: EngineRequest = {}): Promise<EngineSession> {
  if (session !== null) return compatible(session, request);
  const choice = chooseEngine(request);
  session = await engineDriver(choice.engine).open(choice, request.threads);
  return session;
}

/** The engine that this thread runs on. Throws SslMemError INTERNAL when none has been opened. */
export function openedEngine(): EngineSession {
  if (session !== null) return session;
  throw new SslMemError("INTERNAL", "Expected an engine to be open in this thread but none is.");
}

/**
 * The devices that scoring takes, a worker on each: those that are named, or with "auto" all GPUs that the engine can use,
 * else the one that it takes by itself. Throws SslMemError USAGE, or ENGINE when one
 * is not there or the engine cannot use several.
 */
export function scoringDevices(request: EngineRequest): string[] {
  const named = deviceList(request.device);
  const [choice] = named.map((device) => chooseEngine({ ...request, device })) as [EngineChoice];
  const driver = engineDriver(choice.engine);
  if (named[0] === "auto") return driver.devices();
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
  for (const name of engineNames()) engineDriver(name).prepare(request);
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
  if (request.deterministic && !running.deterministic) {
    throw new SslMemError(
      "ENGINE",
      "Expected deterministic kernels but this thread's engine was opened without them.",
      "Start a new process with --deterministic.",
    );
  }
  return running;
}
