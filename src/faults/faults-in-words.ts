import { accessSync, constants } from "node:fs";
import { basename, dirname } from "node:path";
import { type ErrorCode, SslMemError } from "../errors.js";
import { isTemporary } from "../files/index.js";
import { limitOf, type SystemFault, systemFaultOf } from "./system.js";

/** Calls that read whatever they are called on; of open() and of DuckDB's "open" it has to be found out. */
const READING =
  /^(read|pread|readv|scandir|opendir|readdir|stat|lstat|fstat|statx|readlink|realpath|access|lseek|mmap)$/;
const AGAIN = "then the same command again; what was done before is saved";

interface Sentence {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * An error of the operating system as the sentence and the exit status that it deserves; any other error, and one that has
 * its sentence already, as it is. A package that "cannot be found" though it is there is told by what the process lacks.
 */
export function asUserError(error: unknown): unknown {
  if (error instanceof SslMemError) return error;
  const fault = systemFaultOf(error) ?? shortageBehind(error);
  if (fault === null) return notInstalled(error) ?? error;
  const { code, message, hint } = sentenceOf(fault);
  return new SslMemError(code, message, hint, { cause: error });
}

/** An error as a phrase between brackets, in a warning: the system's code, or else what it says without the full stop. */
export function faultInWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof SslMemError || code === undefined ? message.replace(/\.$/, "") : code;
}

/** A package that is not there, or does not load, as the error that it is; null for any other error. */
function notInstalled(error: unknown): SslMemError | null {
  const { code, message = "" } = (error ?? {}) as NodeJS.ErrnoException;
  const name = /^(?:Cannot find package|Could not load the) ['"]([^'"]+)['"]/.exec(message)?.[1];
  if (name === undefined || (code !== undefined && !code.endsWith("MODULE_NOT_FOUND"))) return null;
  return new SslMemError(
    "ENGINE",
    `Expected the package ${name} but it is not installed, or not for this machine.`,
    "`npm install` and `npm run setup` in the package's folder; --verbose shows what it says",
    { cause: error },
  );
}

/** What a process lacked when a module that is there could not be loaded: files it may open, or memory; null if neither. */
export function shortageBehind(error: unknown): SystemFault | null {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  const isLoading =
    code === "ERR_MODULE_NOT_FOUND" ||
    code === "MODULE_NOT_FOUND" ||
    code === "ERR_DLOPEN_FAILED" ||
    /^(Could not load|Cannot find (package|module))|failed to map segment/.test(message ?? "");
  if (!isLoading) return null;
  const named = systemFaultOf(error);
  if (named !== null) return named;
  const [files, memory] = [limitOf("Max open files"), limitOf("Max address space")];
  if (files !== null && files < 256) return { code: "EMFILE", syscall: "open", path: undefined };
  if (memory !== null) return { code: "ENOMEM", syscall: undefined, path: undefined };
  return null;
}

/** What happened, in one sentence, and what to do. */
export function sentenceOf(fault: SystemFault): Sentence {
  const { code } = fault;
  const at = placeOf(fault);
  const to = at === "" ? "" : ` for ${at}`;
  const doing = `${isReading(fault) ? "reading" : "writing"}${at === "" ? "" : ` ${at}`}`;
  const allowed = `Expected to be allowed to ${isReading(fault) ? "read" : "write"} ${at === "" ? "a file" : at}`;
  const usage = (message: string, hint: string): Sentence => ({ code: "USAGE", message, hint });
  switch (code) {
    case "ENOSPC":
      return usage(`The disk is full: there is no room${to}.`, `make room, ${AGAIN}`);
    case "EDQUOT":
      return usage(
        `The disk quota is used up: there is no room left to you${to}.`,
        `make room, or ask for a larger quota (\`quota -s\` shows it), ${AGAIN}`,
      );
    case "EFBIG":
      return usage(
        `A file has become larger than the system allows while ${doing}.`,
        `\`ulimit -f\` shows the limit, and \`ulimit -f unlimited\` lifts it, ${AGAIN}`,
      );
    case "EIO":
    case "EREMOTEIO":
    case "ENXIO":
    case "ENODEV":
      return usage(
        `The disk failed while ${doing} (${code}).`,
        `\`dmesg\` says more of the disk; mend it, or use another folder, ${AGAIN}`,
      );
    case "ESTALE":
    case "ENOTCONN":
    case "ETIMEDOUT":
    case "EHOSTDOWN":
    case "EHOSTUNREACH":
      return usage(`The network disk was lost while ${doing} (${code}).`, `connect it again, ${AGAIN}`);
    case "EROFS":
      return usage(`${allowed} but the file system is read-only.`, "another folder, that can be written");
    case "EACCES":
    case "EPERM":
      return usage(
        `${allowed} but the system says ${code}.`,
        isReading(fault)
          ? `\`ls -ld\` shows who may${at === "" ? "" : ` (chmod +r, and +x for folders, allow it)`}`
          : "another folder, that can be written",
      );
    case "EMFILE":
    case "ENFILE": {
      const limit = code === "EMFILE" ? limitOf("Max open files") : null;
      return usage(
        `The limit of open files is reached${limit ? ` (this process may have ${limit})` : ""}.`,
        `\`ulimit -n 4096\`, ${AGAIN}`,
      );
    }
    case "ENOMEM": {
      const limit = limitOf("Max address space");
      return {
        code: "ENGINE",
        message: `There is not enough memory${limit === null ? "" : ` (this process may have ${Math.round(limit / 2 ** 20)} MiB of addresses)`}.`,
        hint:
          limit === null
            ? `fewer --workers or a smaller --batch, or a machine with more memory; ${AGAIN}`
            : `\`ulimit -v unlimited\`, ${AGAIN}`,
      };
    }
    case "EAGAIN":
      return usage(
        "The system starts no more threads or processes.",
        `\`ulimit -u\` shows the limit; raise it, ${AGAIN}`,
      );
    case "ENAMETOOLONG":
      return usage(
        `Expected a shorter name but the system takes none as long as ${at || "this one"}.`,
        "a shorter path",
      );
    case "ELOOP":
      return usage(
        `Expected a file or folder but the links at ${at || "that path"} lead in a circle.`,
        "a path without them",
      );
    case "EISDIR":
      return usage(
        `Expected the name of a file but ${at || "that"} is a folder.`,
        "the name of a file in it",
      );
    case "ENOTDIR":
    case "EEXIST":
    case "ENOTEMPTY":
      return usage(
        `Something stands in the way${at === "" ? "" : ` at ${at}`} (${code}).`,
        "move it away, or use another folder",
      );
    case "ETXTBSY":
    case "EBUSY":
      return usage(`${at || "A file"} is in use by another program (${code}).`, `end that, ${AGAIN}`);
    case "ENOENT":
      return missing(fault, at);
    default:
      return usage(
        `The system refused (${code}${fault.syscall === undefined ? "" : `, ${fault.syscall}`}) while ${doing}.`,
        `mend that, ${AGAIN}`,
      );
  }
}

function missing({ syscall }: SystemFault, at: string): Sentence {
  if (syscall === "uv_cwd")
    return {
      code: "USAGE",
      message: "The folder that this was started in is not there any more.",
      hint: "cd to another one",
    };
  if (syscall === "mkdir")
    return {
      code: "USAGE",
      message: `Expected to be allowed to write ${at} but the system makes no folders there.`,
      hint: "another folder, that can be written",
    };
  return {
    code: "DATA",
    message: `Expected a file or folder at ${at || "a path"} but there is none; it may have gone while this ran.`,
    hint: "bring it back, then the same command again",
  };
}

/** The file or folder in words: of one under a temporary name the folder, since nobody knows that name. */
function placeOf({ path }: SystemFault): string {
  if (path === undefined) return "";
  return isTemporary(basename(path)) ? `a file in ${dirname(path)}` : path;
}

/** Whether a call was for reading. An open that failed does not say: what cannot be read was, else it was for writing. */
function isReading({ syscall, path, code }: SystemFault): boolean {
  if (syscall !== undefined && READING.test(syscall)) return true;
  if (syscall !== "open" && syscall !== "copyfile") return false;
  if (path === undefined) return false;
  if (isTemporary(basename(path)) || code === "EROFS") return false;
  try {
    accessSync(path, constants.R_OK);
    return code === "EIO" || code === "ESTALE";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}
