import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { processorFeatures } from "../engine/processor.js";
import { exitCodeOf, SslMemError } from "../errors.js";

import { asUserError, reasonOf } from "../faults/index.js";
import { writeJson } from "../files/index.js";
import { PACKAGE_ROOT, VERSION } from "../package.js";
import { readJson } from "./json.js";

export const ENVIRONMENT_SCHEMA = "sslmem/environment@1";

/** CPU features that change the speed, or the last bits, of what is computed here. */
const FEATURES = [
  "avx",
  "avx2",
  "fma",
  "avx512f",
  "avx512_vnni",
  "avx512_bf16",
  "amx_tile",
  "amx_bf16",
  "asimd",
  "sve",
];

/** How a command ended. */
export interface Ending {
  readonly at: string;
  /** Its exit status; 0: it did what it was to do. */
  readonly exit: number;
  /** What it said; null where all went well. */
  readonly message: string | null;
  /** What to type or to do, as it said; null where it said nothing. */
  readonly hint: string | null;
}

/** What one command ran on. `engine` is what the engine says of itself; null while none has been opened. */
export interface Session {
  readonly started: string;
  readonly command: string;
  readonly sslmem: string;
  readonly gitCommit: string | null;
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cpuFeatures: string[];
  readonly cores: number;
  readonly memoryGiB: number;
  readonly packages: Record<string, string>;
  engine: Record<string, string> | null;
  /** Not there as long as it is at work, in sessions of earlier versions, and where it had no time to say (a kill, a power cut). */
  ended?: Ending;
}

/** Collects the facts of this machine and program; the engine's are added when it is open. */
export async function describeSession(command: string): Promise<Session> {
  return {
    started: new Date().toISOString(),
    command,
    sslmem: VERSION,
    gitCommit: await gitCommit(),
    node: process.versions.node,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cpuFeatures: FEATURES.filter((feature) => processorFeatures().has(feature)),
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    packages: packageVersions([
      "@tensorflow/tfjs-core",
      "@tensorflow/tfjs-node-gpu",
      "@duckdb/node-api",
      "sharp",
    ]),
    engine: null,
  };
}

/** Adds or replaces this command's entry in environment.json; earlier commands of the same run stay in it. */
export async function recordSession(path: string, session: Session): Promise<void> {
  const before = await readJson(path, ENVIRONMENT_SCHEMA);
  const sessions = ((before?.sessions as Session[] | undefined) ?? []).filter(
    (s) => s.started !== session.started,
  );
  await writeJson(path, { schema: ENVIRONMENT_SCHEMA, sessions: [...sessions, session] });
}

/** How a command ended that threw this, or nothing (undefined). @param signal that which may have interrupted it */
export function endingOf(error: unknown, signal: AbortSignal | undefined): Ending {
  const at = new Date().toISOString();
  if (error === undefined) return { at, exit: 0, message: null, hint: null };
  const reason = reasonOf(asUserError(error), signal);
  const { message, hint = null } =
    reason instanceof SslMemError
      ? reason
      : { message: `this is a bug: ${reason instanceof Error ? reason.message : String(reason)}` };
  return { at, exit: exitCodeOf(reason), message, hint };
}

/** Other verbs (localize, embed …) open an engine for themselves: it says nothing of what the run is computed with. */
const OTHER_VERB = /^sslmem (?!(?:audit|train|score)(?:\s|$))/;

/** The same of verbs that leave a run's own steps alone. */
const LOOKING_VERB = /^sslmem (?!(?:audit|split|train|score)(?:\s|$))/;

/** A command of a run that is over and did not do what it was to do. */
export interface Failure {
  readonly command: string;
  /** Null where it said nothing: it was killed, or the machine went down. */
  readonly at: string | null;
  readonly exit: number | null;
  readonly message: string | null;
  readonly hint: string | null;
}

/**
 * The command by which a run that nobody works in stands where it is: the newest that failed, and after which none began. Null
 * where the last ones did what they were to do.
 */
export function lastFailure(sessions: readonly Session[]): Failure | null {
  const own = sessions.filter(({ command }) => !LOOKING_VERB.test(command));
  const isLast = (time: string) => own.every(({ started }) => started <= time);
  const failed = own.filter(({ started, ended }) =>
    ended === undefined ? isLast(started) : ended.exit !== 0 && isLast(ended.at),
  );
  const [newest] = failed.sort((a, b) => (a.started < b.started ? 1 : -1));
  if (newest === undefined) return null;
  const { command, ended } = newest;
  return { command, ...(ended ?? { at: null, exit: null, message: null, hint: null }) };
}

/** What an earlier command that trained or scored in the run computed with; null if none did. */
export async function earlierEngine(path: string, now: Session): Promise<Record<string, string> | null> {
  const sessions = ((await readJson(path, ENVIRONMENT_SCHEMA))?.sessions as Session[] | undefined) ?? [];
  return (
    sessions.findLast(
      ({ started, engine, command }) =>
        started !== now.started && engine !== null && !OTHER_VERB.test(command),
    )?.engine ?? null
  );
}

/** The commit of the checkout that the program runs from, "+changes" if files differ from it; null outside of a checkout. */
async function gitCommit(): Promise<string | null> {
  const run = promisify(execFile);
  const cwd = PACKAGE_ROOT;
  try {
    const { stdout: top } = await run("git", ["rev-parse", "--show-cdup"], { cwd });
    if (top.trim() !== "") return null;
    const { stdout: commit } = await run("git", ["rev-parse", "HEAD"], { cwd });
    const { stdout: changes } = await run("git", ["status", "--porcelain", "--untracked-files=no"], { cwd });
    return commit.trim() + (changes.trim() === "" ? "" : "+changes");
  } catch {
    return null;
  }
}

function packageVersions(names: string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    try {
      const file = join(PACKAGE_ROOT, "node_modules", name, "package.json");
      found[name] = (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
    } catch {
      found[name] = "not installed";
    }
  }
  return found;
}
