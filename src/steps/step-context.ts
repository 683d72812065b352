import type { EngineChoice, EngineRequest, EngineSession } from "../engine/index.js";
import type { EngineName, Precision } from "../engine/types.js";
import { earlierEngine, recordSession } from "../run/environment.js";
import type { Run } from "../run/open-run.js";
import { type Reporter, silent } from "../run/reporter.js";
import { checkGiven } from "../text/given.js";

/** What every step of a run works with. */
export interface StepContext {
  readonly run: Run;
  readonly reporter: Reporter;
  readonly signal: AbortSignal | undefined;
}

/** What a step of a run needs, silent and not to be stopped unless something else is given. */
export function stepContext(run: Run, reporter: Reporter = silent, signal?: AbortSignal): StepContext {
  checkGiven("stepContext", { run }, ["run.resolved"]);
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
  checkGiven("engineRequest", { settings }, ["settings.engine", "settings.device"]);
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
  checkGiven("startEngine", { context }, ["context.run"]);
  const { openEngine } = await import("../engine/index.js");
  const session = await openEngine(await requestOf(context));
  await recordEngine(context, session, [session.device], session.describe());
  return session;
}

/**
 * What engine and precision the settings come to, for engines that other threads open to score: with nothing but the devices
 * left to "auto".
 * Says it, with the devices that scoring takes, and writes it into environment.json. Throws SslMemError ENGINE or USAGE.
 */
export async function settleEngine(context: StepContext): Promise<EngineRequest> {
  const { chooseEngine, scoringDevices } = await import("../engine/index.js");
  const request = await requestOf(context);
  const choice = chooseEngine(request);
  const { engine, precision, deterministic } = choice;
  const { workers } = context.run.resolved.settings;
  const devices = scoringDevices(request).slice(0, workers ?? undefined);
  // One that is left to the engine is the one that it chooses.
  await recordEngine(context, choice, devices.length === 1 ? [choice.device] : devices, {
    choice: choice.why,
  });
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

/**
 * Says what the session computes on, the first time, and writes it into environment.json and for those who watch.
 *
 * @param devices those that are used from now on; environment.json names all that the session has used
 */
export async function recordEngine(
  { run, reporter }: StepContext,
  choice: EngineChoice,
  devices: readonly string[],
  facts: Record<string, string>,
): Promise<void> {
  const known = run.session.engine;
  const now = devices.join();
  if (known === null) reporter.note(describeChoice({ ...choice, device: now }));
  const { engine, precision } = choice;
  const device = [...new Set([...(known?.device?.split(",") ?? []), ...devices])].join();
  // A session that opens an engine itself knows more of it than one whose threads do.
  run.session.engine = { ...facts, ...known, engine, device, precision };
  await recordSession(run.paths.environment, run.session);
  await run.at(now);
}
