import { access, constants, mkdir, readdir, rename, rmdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { extent } from "../arrays.js";
import type { Resolved } from "../config/resolve.js";
import { SslMemError } from "../errors.js";
import { asUserError, systemFaultOf } from "../faults/index.js";
import { makeFolders } from "../files/folders.js";
import { clearLeavings, isTemporary, temporaryName } from "../files/index.js";
import { kebab, STEPS, type Step } from "../settings/setting.js";
import { checkGiven } from "../text/given.js";
import { shellQuoted } from "../text/shell-quoted.js";
import { describeSession, recordSession, type Session } from "./environment.js";
import { lockRun, type RunLock } from "./lock.js";
import { type RunPaths, runPaths } from "./paths.js";
import { type Difference, differences, type RunRecord, readRecord, writeRecord } from "./record.js";
import type { StartOver } from "./start-over.js";

/** Which run directory is opened, with what, and for which steps. */
export interface OpenRunOptions {
  /** The run directory; made if it is not there. */
  readonly root: string;
  readonly resolved: Resolved;
  /** The steps that the command does; with `force` the run starts over at the first of them, or at the first one whose settings changed. */
  readonly steps: readonly Step[];
  readonly force: boolean;
  /** `i-of-n` of a process that scores one shard; null for one that has the whole run. */
  readonly shard: string | null;
  /** The command line, for environment.json. */
  readonly command: string;
  /** Told what it waits for, if it has to. */
  readonly onNote?: (line: string) => void;
  /**
   * The command looks at a trained run in a way of its own (other views, another distance): the run's record stays as it
   * is, nothing is moved, whatever `force` says, and only settings of the training and before have to be the run's.
   */
  readonly looksOnly?: boolean;
  /**
   * Asked before --force moves anything, from which step on; what it throws ends the command with everything as it was.
   * See steps/check-ahead.ts.
   */
  readonly beforeMoving?: (over: StartOver) => Promise<void>;
}

/** A run directory that this process has for itself, its settings written down. */
export interface Run {
  readonly paths: RunPaths;
  readonly resolved: Resolved;
  readonly session: Session;
  /** Where --force put what was there before; null if nothing was. */
  readonly movedTo: string | null;
  /** Tells those who watch the run what this process computes on. */
  at(device: string): Promise<void>;
  /** Tells them what its workers have scored. */
  scoring: RunLock["scoring"];
  release(): Promise<void>;
}

/**
 * Opens or makes a run directory, locks it and writes config.json and environment.json.
 * Throws SslMemError USAGE: the path is a file or a folder of something else, cannot be written, is in use, or holds
 * results made with other settings (which, and what to do). Nothing is deleted: --force moves results to replaced-N/.
 */
export async function openRun(options: OpenRunOptions): Promise<Run> {
  checkGiven("openRun", options, ["root", "resolved.settings.data", "steps", "command"]);
  const paths = runPaths(options.root);
  if (options.force && options.shard !== null) throw await forcedShard(options.root, options.shard);
  await makeDirectory(options.root);
  const lock = await lockRun(options.root, options.shard, (seconds, who) =>
    options.onNote?.(
      `${who}, which cannot be seen from here, may still work in ${options.root}; waiting for a sign of it, ${seconds} s at most.`,
    ),
  );
  try {
    const record = await readRecord(paths.config);
    const changed = record === null ? [] : await blocking(paths, record, options.resolved);
    let movedTo: string | null = null;
    if (options.looksOnly) {
      if (record === null) throw noRun(options.root);
      const trained = changed.filter(({ step }) => STEPS.indexOf(step) <= STEPS.indexOf("train"));
      if (trained.length > 0) throw changedSettings(options.root, trained);
    } else if (options.force) {
      const from = changed[0]?.step ?? (options.steps[0] as Step);
      movedTo = await moveAside(paths, from, () =>
        options.beforeMoving?.({ paths, resolved: options.resolved, steps: options.steps, from }),
      );
    } else if (changed.length > 0) {
      throw changedSettings(options.root, changed);
    }
    if (!options.looksOnly) await writeRecord(paths.config, options.resolved);
    const session = await describeSession(options.command);
    await recordSession(paths.environment, session);
    const { at, scoring, release } = lock;
    return { paths, resolved: options.resolved, session, movedTo, at, scoring, release };
  } catch (error) {
    await (lock as RunLock).release();
    throw error;
  }
}

/**
 * One shard does not know what the others have done since they were told to start over, so none does: the way to start over
 * stands in the error.
 */
async function forcedShard(root: string, shard: string): Promise<SslMemError> {
  const names = new Set(await readdir(root).catch(() => [] as string[]));
  const there = STEPS.slice(STEPS.indexOf("score")).flatMap((step) => productsOf(step, names));
  const target = join(root, asideName(names));
  const paths = there.map((name) => shellQuoted(join(root, name))).join(" ");
  const startOver = `to start over, first and once: mkdir ${shellQuoted(target)} && mv ${paths} ${shellQuoted(target)}`;
  return new SslMemError(
    "USAGE",
    `Expected no --force with a shard (${shard}) but received it: it would move away what the other shards have scored.`,
    `the same without --force does the parts that are missing${there.length === 0 ? "" : `; ${startOver}`}`,
  );
}

const noRun = (root: string) =>
  new SslMemError(
    "DATA",
    `Expected a run directory but ${root} has no config.json.`,
    "sslmem train DATA --run RUN",
  );

/** What --dry-run needs of an existing run: its record, and the settings that would stop the command. */
export async function inspectRun(
  root: string,
  resolved: Resolved,
): Promise<{ record: RunRecord | null; blocking: Difference[]; present: Step[] }> {
  const paths = runPaths(root);
  const record = await readRecord(paths.config);
  return {
    record,
    blocking: record === null ? [] : await blocking(paths, record, resolved),
    present: await presentSteps(paths),
  };
}

/** The changed settings whose step, or a later one, has left files already. */
async function blocking(paths: RunPaths, record: RunRecord, resolved: Resolved): Promise<Difference[]> {
  const present = await presentSteps(paths);
  const [, last] = extent([-1, ...present.map((step) => STEPS.indexOf(step))]);
  return differences(record, resolved).filter((difference) => STEPS.indexOf(difference.step) <= last);
}

/** The steps that have left files in the run, finished or not. */
async function presentSteps(paths: RunPaths): Promise<Step[]> {
  const names = new Set(await readdir(paths.root).catch(() => [] as string[]));
  return STEPS.filter((step) => productsOf(step, names).length > 0);
}

/** The entries of a run directory that a step makes. */
function productsOf(step: Step, names: ReadonlySet<string>): string[] {
  const fixed: Record<Step, string[]> = {
    manifest: ["manifest.parquet", "listing.json", "skipped.jsonl"],
    split: ["split.parquet"],
    train: ["f", "g"],
    score: ["scores"],
    analyze: [
      "analysis.json",
      "points.parquet",
      "facts.parquet",
      "duplicates.parquet",
      "sheet.png",
      "report.html",
      "report.json",
      "localize.json",
      "localize",
    ],
  };
  const found = fixed[step].filter((name) => names.has(name));
  const pairs = step === "train" ? [...names].filter((name) => /^pair-\d+$/.test(name)) : [];
  return [...found, ...pairs];
}

async function moveAside(
  paths: RunPaths,
  from: Step,
  before: () => Promise<void> | undefined,
): Promise<string | null> {
  const names = new Set(await readdir(paths.root));
  const moving = STEPS.slice(STEPS.indexOf(from)).flatMap((step) => productsOf(step, names));
  if (moving.length === 0) return null;
  await before();
  const target = join(paths.root, asideName(names));
  await mkdir(target);
  for (const name of moving) await rename(join(paths.root, name), join(target, name));
  return target;
}

/** The first name replaced-N that is free. */
function asideName(names: ReadonlySet<string>): string {
  let number = 1;
  while (names.has(`replaced-${number}`)) number++;
  return `replaced-${number}`;
}

function changedSettings(root: string, changed: Difference[]): SslMemError {
  const first = changed[0] as Difference;
  const list = changed
    .slice(0, 4)
    .map((d) => `${kebab(d.key)} ${show(d.before)} (now ${show(d.now)})`)
    .join(", ");
  const more = changed.length > 4 ? ` and ${changed.length - 4} more` : "";
  const redo = STEPS.slice(STEPS.indexOf(first.step)).join(", ");
  return new SslMemError(
    "USAGE",
    first.key === "data"
      ? `Expected the data set that ${root} was made with, ${show(first.before)}, but received ${show(first.now)}.`
      : `Expected the settings that ${root} was made with but they differ: ${list}${more}.`,
    `--run ${join(root, "..", `${basename(root)}-2`)} for another run, or --force to do ${redo} again (what is there moves to replaced-N/)`,
  );
}

const show = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Clears what killed commands left unfinished in a run and in the folders of its steps. */
async function clearRun(folder: string, depth = 2): Promise<void> {
  await clearLeavings(folder);
  if (depth === 0) return;
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries)
    if (entry.isDirectory() && /^(f|g|pair-\d+|scores|localize)$/.test(entry.name))
      await clearRun(join(folder, entry.name), depth - 1);
}

/** Why a folder cannot be a run directory; what is not here has a sentence of its own. */
const WHY_NOT: Record<string, string> = {
  EEXIST: "a file is in the way",
  ENOTDIR: "a file is in the way",
  EACCES: "no permission to write there",
  EPERM: "no permission to write there",
  EROFS: "the file system is read-only",
  ENOENT: "the system makes no folders there",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead in a circle",
};

async function makeDirectory(root: string): Promise<void> {
  try {
    await makeFolders(root);
    if (!(await stat(root)).isDirectory()) throw Object.assign(new Error(), { code: "EEXIST" });
    await access(root, constants.W_OK);
    // access() says yes to root on a read-only file system; making a folder is the proof.
    const probe = temporaryName(join(root, "probe"));
    await mkdir(probe);
    await rmdir(probe);
    await clearRun(root);
  } catch (cause) {
    const fault = systemFaultOf(cause);
    const code = fault?.code ?? (cause as NodeJS.ErrnoException).code ?? "";
    const why = WHY_NOT[code];
    if (why === undefined) throw asUserError(cause);
    throw new SslMemError(
      "USAGE",
      `Expected a folder that can be written for --run but received ${root}: ${why}.`,
      "--run DIR with another folder",
      {
        cause,
      },
    );
  }
  const names = await readdir(root);
  const foreign = names.filter((name) => !name.startsWith(".") && !isTemporary(name));
  if (foreign.length > 0 && !names.includes("config.json")) {
    throw new SslMemError(
      "USAGE",
      `Expected a run directory or an empty folder for --run but ${root} holds other files (${foreign.slice(0, 3).join(", ")}${foreign.length > 3 ? ", …" : ""}).`,
      "--run DIR with a folder of its own",
    );
  }
}
