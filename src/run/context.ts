import type { EngineChoice, EngineRequest, EngineSession } from "../engine/index.js";
import type { EngineName, Precision } from "../engine/types.js";
import { earlierEngine, recordSession } from "./environment.js";
import type { Run } from "./open.js";
import { type Reporter, silent } from "./reporter.js";

/** What every step of a run works with. */
export interface StepContext {
  readonly run: Run;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** What a step of a run needs, silent and not to be stopped unless something else is given. */
export function stepContext(run: Run, reporter: Reporter = silent, signal?: AbortSignal): StepContext {
  return { run, reporter, signal };
}

/** The engine that settings ask for. */
export function engineRequest(settings: {
  engine: string;
  device: string;
  precision: string;
  deterministic: boolean;
  threads: number | null;
}): EngineRequest {
  const { engine, device, precision, deterministic, threads } = settings;
  return {
    engine: engine as EngineName | "auto",
    device,
    precision: precision as Precision | "auto",
    deterministic,
    ...(threads === null ? {} : { threads }),
  };
}

/** One line about an engine, for people. */
export function describeChoice({ engine, device, precision, deterministic, why }: EngineChoice): string {
  const mode = deterministic ? ", deterministic" : "";
  return `Engine: ${engine}, device ${device}, ${precision}${mode}${why === "as asked" ? "" : ` (${why})`}.`;
}

/** Starts the engine in this thread, says which it is, and writes it into environment.json. */
export async function startEngine(context: StepContext): Promise<EngineSession> {
  const { openEngine } = await import("../engine/index.js");
  const session = await openEngine(await requestOf(context));
  await recordEngine(context, session, session.describe());
  return session;
}

/**
 * What engine and precision the settings come to, for engines that other threads open: with nothing but the devices left to
 * "auto".
 * Says it and writes it into environment.json. Throws SslMemError ENGINE or USAGE.
 */
export async function settleEngine(context: StepContext): Promise<EngineRequest> {
  const { chooseEngine } = await import("../engine/index.js");
  const request = await requestOf(context);
  const choice = chooseEngine(request);
  const { engine, precision, deterministic } = choice;
  await recordEngine(context, choice, { choice: choice.why });
  return { ...request, engine, precision, deterministic };
}

/**
 * The settings' request; "auto" chooses once in a run, and later commands go on with that, on other machines too. A run that
 * starts over chooses again.
 */
async function requestOf({ run }: StepContext): Promise<EngineRequest> {
  const request = engineRequest(run.resolved.settings);
  const before = run.movedTo === null ? await earlierEngine(run.paths.environment, run.session) : null;
  if (before === null) return request;
  const { engine, precision } = request;
  const keepsEngine = engine === "auto" || engine === before.engine;
  return {
    ...request,
    ...(engine === "auto" ? { engine: before.engine as EngineName } : {}),
    ...(precision === "auto" && keepsEngine ? { precision: before.precision as Precision } : {}),
  };
}

async function recordEngine(
  { run, reporter }: StepContext,
  choice: EngineChoice,
  facts: Record<string, string>,
): Promise<void> {
  const known = run.session.engine;
  if (known === null) reporter.note(describeChoice(choice));
  const { engine, device, precision } = choice;
  // A session that opens an engine itself knows more of it than one whose threads do.
  run.session.engine = { ...facts, ...known, engine, device, precision };
  await recordSession(run.paths.environment, run.session);
  await run.at(device);
}
