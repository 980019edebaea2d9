/** The object ids that were asked for and not answered yet, in order. */
import type { Oid } from '../../src/git/index.js';

export class OidQueue {
  #ids: Oid[] = [];
  #head = 0;

  get length(): number {
    return this.#ids.length - this.#head;
  }

  push(oid: Oid): void {
    this.#ids.push(oid);
  }

  first(): Oid | undefined {
    return this.#ids[this.#head];
  }

  /** Removes and returns the first id, if there is one. */
  shift(): Oid | undefined {
    const oid = this.#ids[this.#head];
    if (oid === undefined) return undefined;
    this.#head++;
    if (this.#head >= 4096) {
      this.#ids = this.#ids.slice(this.#head);
      this.#head = 0;
    }
    return oid;
  }

  /** All of them, first first; the queue stays. */
  all(): Oid[] {
    return this.#ids.slice(this.#head);
  }
}
