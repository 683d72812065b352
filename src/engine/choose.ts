import { SslMemError } from "../errors.js";
import { deviceList } from "./devices.js";
import { bf16Unit } from "./processor.js";
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

/** What the choice between engines rests on. */
export interface Circumstances {
  /** Engines that are set up. */
  built: readonly EngineName[];
  /** With what the processor multiplies bf16; null when it does not. */
  bf16: string | null;
  /** Whether the torch engine would run on a GPU. */
  gpu: boolean;
}

/**
 * The engine that "auto" stands for, and why. torch where only it can do what is asked, where bf16 is multiplied natively (it
 * is several times faster there), or where it is alone; else tensorflow, which was the faster one in float32 on a processor
 * with AVX2 alone (35 against 27 views/s of a SimCLR step).
 */
export function autoEngine(
  request: EngineRequest,
  { built, bf16, gpu }: Circumstances,
): { engine: EngineName; why: string } {
  const { deterministic = false, precision = "auto" } = request;
  if (!built.includes("torch")) return { engine: "tensorflow", why: "the torch engine is not built" };
  if (deterministic) return { engine: "torch", why: "it alone promises the same bits again" };
  if (precision === "bf16" || precision === "tf32")
    return { engine: "torch", why: `it alone has ${precision}` };
  if (gpu) return { engine: "torch", why: "it is the one that runs on the GPU" };
  if (!built.includes("tensorflow")) return { engine: "torch", why: "the tensorflow engine is not set up" };
  if (bf16 !== null) return { engine: "torch", why: `bf16 is multiplied natively here (${bf16})` };
  return {
    engine: "tensorflow",
    why: "bf16 is not multiplied natively here, and in fp32 it is the faster one",
  };
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
  const auto = wanted === "auto" ? autoEngine(request, circumstances(request)) : null;
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

function circumstances(request: EngineRequest): Circumstances {
  const built = DRIVERS.filter((driver) => driver.missing() === null).map(({ name }) => name);
  const gpu =
    built.includes("torch") && torchDriver.settle({ ...request, precision: "auto" }).device !== "cpu";
  return { built, bf16: bf16Unit(), gpu };
}
