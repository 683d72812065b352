import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { type Owner, ownerHere } from "./owner.js";

/** machine-namespace-pid-start-random, of a file or of its spill folder. Earlier versions: NAME.PID.tmp. */
const NAME = /^\.sslmem-([0-9a-f]{12})-(\d+)-(\d+)-(\d+)-[0-9a-f]{16}\.tmp(?:-spill)?$/;
const EARLIER = /^(?:config|environment)\.json\.\d+\.tmp$/;

/**
 * A new name beside `path` for a file or folder that is not whole yet. It says which process makes it and is otherwise random,
 * so that it cannot meet that of another process, container or host; hidden and of one length, so that it is never data
 * and never too long. Open it exclusively ("wx").
 */
export function temporaryName(path: string): string {
  const { machine, namespace, pid, started } = ownerHere();
  const random = randomBytes(8).toString("hex");
  return join(dirname(path), `.sslmem-${machine}-${namespace}-${pid}-${started}-${random}.tmp`);
}

/** Whether a name in a folder is one of a temporary, ours or another process'. */
export const isTemporary = (name: string): boolean => NAME.test(name) || EARLIER.test(name);

/** Whether a name says which process made it. */
export const isNamedAfterOwner = (name: string): boolean => NAME.test(name);

/** The process that a name of temporaryName is of. */
export function ownerOf(name: string): Owner {
  const [, machine = "", namespace = "", pid, started = ""] = NAME.exec(name) ?? [];
  return { machine, namespace, pid: Number(pid), started };
}
