import { SslMemError } from "../errors.js";
import { deviceList } from "./devices.js";
import { tensorflowDriver } from "./tensorflow/driver.js";
import { torchDriver } from "./torch/driver.js";
import type { EngineChoice, EngineDriver, EngineName, EngineRequest } from "./types.js";

/** The registered engines. */
const DRIVERS: readonly EngineDriver[] = [torchDriver, tensorflowDriver];

/** Names of the registered engines. */
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
 * The engine that "auto" stands for, and why: torch where it is built. It is several times faster where bf16 is multiplied
 * natively, runs on GPUs, and was the faster one in float32 too (a SimCLR step: 86 against 71 views/s with AVX-512, 58 against
 * 50 with both held to AVX2 on the same processor).
 */
export function autoEngine(built: readonly EngineName[]): { engine: EngineName; why: string } {
  return built.includes("torch")
    ? { engine: "torch", why: "the faster one" }
    : { engine: "tensorflow", why: "the torch engine is not built" };
}

/**
 * What a request comes to on this machine: nothing falls back silently. An engine, device or precision that was named and
 * cannot be had is an error; only "auto" chooses, and the choice says why. Of several devices the first counts. Loads an engine's library only where a GPU may be.
 *
 * Throws SslMemError ENGINE or USAGE.
 */
export function chooseEngine(given: EngineRequest = {}): EngineChoice {
  const request = { ...given, device: deviceList(given.device)[0] as string };
  const wanted = request.engine ?? "auto";
  const built = DRIVERS.filter((candidate) => candidate.missing() === null).map(({ name }) => name);
  const auto = wanted === "auto" ? autoEngine(built) : null;
  const engine = auto?.engine ?? (wanted as EngineName);
  const driver = engineDriver(engine);
  const missing = driver.missing();
  if (missing !== null) throw new SslMemError("ENGINE", missing.message, missing.hint);
  const { device, precision, why } = driver.settle(request);
  const reasons = [
    ...(auto === null ? [] : [`engine ${engine}: ${auto.why}`]),
    ...(why === null ? [] : [`${precision}: ${why}`]),
  ];
  return {
    engine,
    device,
    precision,
    deterministic: request.deterministic ?? false,
    why: reasons.join("; ") || "as asked",
  };
}
