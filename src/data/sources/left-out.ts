import { naturalOrder } from "../natural-order.js";
import type { LeftOut } from "../types.js";

/** Counts what a listing leaves out, by reason. */
export class LeftOutTally {
  readonly #reasons = new Map<string, { count: number; first: string }>();
  readonly #endings = new Map<string, Map<string, string>>();

  /** @param reason names the files, such as "links to nothing that is there"; endings are put in brackets after it @param path relative to the root */
  add(reason: string, path: string, ending?: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { count: 1, first: path });
    else {
      known.count++;
      // Folders are read in the order of the file system, which differs between machines.
      if (naturalOrder(path, known.first) < 0) known.first = path;
    }
    // What follows the last dot of a damaged name may be anything.
    if (ending === undefined || !/^(no ending|[\p{L}\p{N}._+-]*)$/u.test(ending)) return;
    const endings = this.#endings.get(reason) ?? new Map<string, string>();
    this.#endings.set(reason, endings);
    const first = endings.get(ending);
    if (first === undefined || naturalOrder(path, first) < 0) endings.set(ending, path);
  }

  get list(): LeftOut[] {
    return [...this.#reasons]
      .map(([reason, { count, first }]) => ({ reason: reason + this.#bracket(reason), count, first }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  }

  /** The first file of each ending that was left out for a reason. */
  firstsOf(reason: string): string[] {
    return [...(this.#endings.get(reason)?.values() ?? [])].sort(naturalOrder);
  }

  /** The endings that were left out for a reason, sorted. */
  endingsOf(reason: string): string[] {
    return [...(this.#endings.get(reason)?.keys() ?? [])].sort();
  }

  #bracket(reason: string): string {
    const endings = this.endingsOf(reason);
    if (endings.length === 0) return "";
    return ` (${endings.slice(0, 8).join(", ")}${endings.length > 8 ? ", …" : ""})`;
  }
}
