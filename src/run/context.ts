import type { EngineRequest, EngineSession } from "../engine/index.js";
import type { EngineName, Precision } from "../engine/types.js";
import { recordSession } from "./environment.js";
import type { Run } from "./open.js";
import { type Reporter, silent } from "./reporter.js";

/** What every step of a run works with. */
export interface StepContext {
  readonly run: Run;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

export function stepContext(run: Run, reporter: Reporter = silent, signal?: AbortSignal): StepContext {
  return { run, reporter, signal };
}

/** The engine that the settings ask for. */
export function engineRequest({ run }: StepContext): EngineRequest {
  const { engine, device, precision, threads } = run.resolved.settings;
  return {
    engine: engine as EngineName | "auto",
    device,
    precision: precision as Precision | "auto",
    ...(threads === null ? {} : { threads }),
  };
}

/** Starts the engine in this thread, says which it is, and writes it into environment.json. */
export async function startEngine(context: StepContext): Promise<EngineSession> {
  const { openEngine } = await import("../engine/index.js");
  const session = await openEngine(engineRequest(context));
  const { run, reporter } = context;
  if (run.session.engine === null) {
    reporter.note(`Engine: ${session.engine}, device ${session.device}, ${session.precision}.`);
    run.session.engine = {
      engine: session.engine,
      device: session.device,
      precision: session.precision,
      ...session.describe(),
    };
    await recordSession(run.paths.environment, run.session);
    await run.at(session.device);
  }
  return session;
}
