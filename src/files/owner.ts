import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Which process it is, among all that may share a folder: of other containers and other machines, too. */
export interface Owner {
  /** 12 hex digits that tell one boot of one machine's kernel from any other; containers of one machine share them. */
  readonly machine: string;
  /** Number of the process' pid namespace, in which its pid means something; "0" where the system has none. */
  readonly namespace: string;
  readonly pid: number;
  /** Start time of the process, in clock ticks since boot: a reused pid has another; "0" where it is not known. */
  readonly started: string;
}

/**
 * What can be told of an owner from here: "alive" and "dead" are certain. An "unseen" one is of this machine but of another
 * pid namespace (a container), a "distant" one of another machine, or of this one before it booted: these are judged by how
 * long they have not touched what is theirs.
 */
export type Sight = "alive" | "dead" | "unseen" | "distant";

/** An owner that touches what is its own every so often is taken for dead when it has not for this long, in ms. */
export const SILENCE_MS: Record<"unseen" | "distant", number> = { unseen: 60_000, distant: 5 * 60_000 };

let here: Owner | undefined;

/** This process (the same in all of its threads). */
export function ownerHere(): Owner {
  here ??= {
    machine: digest(textOf("/proc/sys/kernel/random/boot_id") ?? hostname()),
    namespace: namespaceHere(),
    pid: process.pid,
    started: statOf("self")?.started ?? "0",
  };
  return here;
}

/** Looks for an owner's process. */
export function sightOf(owner: Owner): Sight {
  const self = ownerHere();
  if (owner.machine !== self.machine) return "distant";
  if (owner.namespace !== self.namespace) return "unseen";
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return "dead";
  }
  // Numbers of namespaces are used again, so pid and namespace may both be ours by chance; the start time is not.
  const stat = statOf(owner.pid);
  if (stat === null) return "alive"; // /proc hides it
  if (stat.ended) return "dead";
  return owner.started === "0" || owner.started === stat.started ? "alive" : "dead";
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12);

function namespaceHere(): string {
  try {
    return /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}

/**
 * What /proc says of a process: when it started, and whether it has ended and only waits to be reaped. Null where it says
 * nothing, or is that of another namespace (a container that was made without a /proc of its own).
 */
function statOf(pid: number | "self"): { started: string; ended: boolean } | null {
  const self = textOf("/proc/self/stat");
  if (pid !== "self" && Number(self?.split(" ")[0]) !== process.pid) return null;
  const line = pid === "self" ? self : textOf(`/proc/${pid}/stat`);
  if (line === null) return null;
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return { started: fields[19] ?? "0", ended: fields[0] === "Z" || fields[0] === "X" };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim() || null;
  } catch {
    return null;
  }
}
