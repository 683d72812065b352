import { IdColumn } from "./id-column.js";

const FIRST_SLOTS = 2048;

/** Numbers ids as they come and finds their numbers again: some 20 bytes an id beside its text, where a Map of strings takes a hundred. */
export class IdRows {
  readonly #ids = new IdColumn();
  /** Open addressing: row + 1 at the first free place from the id's hash on; at most half full. */
  #slots = new Int32Array(FIRST_SLOTS);

  get count(): number {
    return this.#ids.count;
  }

  /** As IdColumn's. */
  get columns(): IdColumn["columns"] {
    return this.#ids.columns;
  }

  /** The row of an id; −1 where it has none. */
  find(id: string): number {
    // The id is put at the end, where it is compared as the others lie, and is taken away again.
    this.#ids.push(id);
    const row = (this.#slots[this.#slotOfLast()] as number) - 1;
    this.#ids.pop();
    return row;
  }

  /** The row of an id: the one that it has, or the next. */
  add(id: string): number {
    this.#ids.push(id);
    const slot = this.#slotOfLast();
    const found = this.#slots[slot] as number;
    if (found > 0) {
      this.#ids.pop();
      return found - 1;
    }
    this.#slots[slot] = this.count;
    if (2 * this.count > this.#slots.length) this.#grow();
    return this.count - 1;
  }

  /** Where the last id is, or would be. */
  #slotOfLast(): number {
    const last = this.count - 1;
    const mask = this.#slots.length - 1;
    let slot = this.#ids.hash(last) & mask;
    for (;;) {
      const row = (this.#slots[slot] as number) - 1;
      if (row < 0 || this.#ids.same(row, last)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const mask = 2 * this.#slots.length - 1;
    this.#slots = new Int32Array(mask + 1);
    for (let row = 0; row < this.count; row++) {
      let slot = this.#ids.hash(row) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = row + 1;
    }
  }
}
