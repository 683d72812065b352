import { readFileSync } from "node:fs";
import { constants } from "node:os";

/** What the operating system refused, whoever passed it on: Node, DuckDB, libvips, a native module, another thread. */
export interface SystemFault {
  /** Name of the error, "ENOSPC"; "ENOMEM" for every shortage of memory, and "EIO" for what DuckDB only calls an IO error. */
  readonly code: string;
  /** The system call, where it is known: "open", "write" … */
  readonly syscall: string | undefined;
  /** The file or folder, where it is known. */
  readonly path: string | undefined;
}

/** Errors that a slip in this program makes; all others are of the machine. */
const OWN_SLIPS = new Set(["EBADF", "EFAULT", "EINVAL", "EDOM", "ERANGE"]);

/** What C libraries say of an error (strerror of glibc and musl), where only words are left of it. */
const WORDS: readonly [RegExp, string][] = [
  [/no space left on device/i, "ENOSPC"],
  [/(disk )?quota exceeded/i, "EDQUOT"],
  [/file too large/i, "EFBIG"],
  [/(input\/output|i\/o) error\b/i, "EIO"],
  [/read-only file ?system/i, "EROFS"],
  [/(too many open files|no file descriptors available)/i, "EMFILE"],
  [/permission denied/i, "EACCES"],
  [/operation not permitted/i, "EPERM"],
  [
    /cannot allocate memory|bad_alloc|out of memory|array buffer allocation failed|invalid array buffer length|could not create a (memory object|primitive)|allocation failure/i,
    "ENOMEM",
  ],
  [/stale (nfs )?file handle/i, "ESTALE"],
  [/resource temporarily unavailable/i, "EAGAIN"],
];

/** Libraries whose words are looked at: anybody may speak of permissions, or of memory, in a sentence of their own. */
const SPEAKS_FOR_THE_SYSTEM =
  /^(IO Error|Out of Memory Error|Could not load|Something went wrong installing|Cannot find (package|module)|std::bad_alloc|.*could not create a (memory object|primitive)|Array buffer|Invalid array buffer|.*cannot open shared object|.*failed to map segment|.*cannot allocate memory|.*error while loading|(vips|png|jpeg|webp|tiff|unix|system)\w*:|.*unable to (open|write|read))/is;

/** The system's fault in an error, or in what caused it; null if there is none: then it is of the data or a bug. */
export function systemFaultOf(error: unknown): SystemFault | null {
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    const fault = ofNode(at as NodeJS.ErrnoException) ?? ofWords(at.message);
    if (fault !== null) return fault;
  }
  return null;
}

function ofNode(error: NodeJS.ErrnoException): SystemFault | null {
  const { code, errno, syscall, path } = error;
  if (code === "ERR_WORKER_OUT_OF_MEMORY" || code === "ERR_MEMORY_ALLOCATION_FAILED")
    return { code: "ENOMEM", syscall: undefined, path: undefined };
  if (code === "ERR_WORKER_INIT_FAILED") {
    const name = /\b(E[A-Z]+)\b/.exec(error.message)?.[1];
    return { code: name ?? "EAGAIN", syscall: "thread", path: undefined };
  }
  if (typeof errno !== "number" || errno >= 0) return null;
  // Node has no name for some (EDQUOT: "Unknown system error -122").
  const name = code !== undefined && /^E[A-Z0-9]+$/.test(code) ? code : NAMES.get(-errno);
  if (name === undefined || OWN_SLIPS.has(name)) return null;
  return { code: name, syscall, path };
}

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The call that a library's sentence is about. */
const CALLS: readonly [RegExp, string][] = [
  [/\b(read|reading)\b/i, "read"],
  [/\b(write|writing|written|fsync|truncate|rename|move|create|mkdir)\b/i, "write"],
  [/\bopen\b/i, "open"],
];

function ofWords(message: string): SystemFault | null {
  if (!SPEAKS_FOR_THE_SYSTEM.test(message)) return null;
  const path = /\b(?:file|directory) ["']([^"']+)["']/.exec(message)?.[1];
  const syscall = CALLS.find(([words]) => words.test(message))?.[1];
  const code = WORDS.find(([words]) => words.test(message))?.[1];
  if (code !== undefined) return { code, syscall, path };
  if (
    /^IO Error: (Could not|Failed to) (write|fsync|truncate|rename|create|move|remove|close)/i.test(message)
  )
    return { code: "EIO", syscall: "write", path };
  return null;
}

/**
 * A limit of this process (`ulimit`), as /proc says it: a number, or null where there is none or it is not known; 0 for that
 * of open files when it is reached.
 */
export function limitOf(what: "Max open files" | "Max address space"): number | null {
  try {
    const line = readFileSync("/proc/self/limits", "utf8")
      .split("\n")
      .find((text) => text.startsWith(what));
    const soft = line?.slice(what.length).trim().split(/\s+/)[0];
    return soft === undefined || soft === "unlimited" ? null : Number(soft);
  } catch (error) {
    // The limit of open files stands in the way of reading what it is.
    const isReached = (error as NodeJS.ErrnoException).code === "EMFILE";
    return isReached && what === "Max open files" ? 0 : null;
  }
}

/**
 * Whether an error says something of the machine and nothing of the file that was read: an image that could not be read for
 * it must not be left out as damaged.
 */
export function isMachineFault(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException | null)?.code === "EBADF") return true; // a file that was closed meanwhile
  const fault = systemFaultOf(error);
  return (
    fault !== null &&
    !["ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(fault.code)
  );
}
