/** The events since the last reset, as far as they make one window: enough to fold them again. */
import type { EventGroup } from './batch.js';
import { ByteSink } from './guest-bytes.js';
import type { EncodedRows } from './guest-events.js';
import { WINDOW } from './version.js';

export class WindowLog {
  readonly #bytes = new ByteSink();
  #offsets: number[] = [0];
  #groups: EventGroup[] = [];
  #complete = true;

  /** Events in the log. */
  get count(): number {
    return this.#offsets.length - 1;
  }

  /** Are all events since the reset here? */
  get complete(): boolean {
    return this.#complete;
  }

  clear(): void {
    this.#bytes.length = 0;
    this.#offsets = [0];
    this.#groups = [];
    this.#complete = true;
  }

  add({ bytes, offsets }: EncodedRows, groups: readonly EventGroup[]): void {
    const [start = 0, ...ends] = offsets;
    if (this.count + ends.length > WINDOW) this.#complete = false;
    if (!this.#complete) return;
    const shift = this.#bytes.length - start;
    this.#bytes.append(bytes.subarray(start, ends.at(-1) ?? start));
    for (const end of ends) this.#offsets.push(end + shift);
    this.#groups.push(...groups);
  }

  /** The first `count` events, to be folded again. */
  first(count: number): { readonly rows: EncodedRows; readonly groups: readonly EventGroup[] } {
    const rows = {
      bytes: this.#bytes.bytes.subarray(0, this.#bytes.length),
      offsets: this.#offsets.slice(0, count + 1),
    };
    return { rows, groups: groupsBetween(this.#groups, { start: 0, end: count }) };
  }
}

/** The groups of the events from `start` to `end`. */
export function groupsBetween(
  groups: readonly EventGroup[],
  { start, end }: { readonly start: number; readonly end: number },
): EventGroup[] {
  const out: EventGroup[] = [];
  let at = 0;
  for (const { actor, time, count } of groups) {
    const common = Math.min(at + count, end) - Math.max(at, start);
    if (common > 0) out.push({ actor, time, count: common });
    at += count;
  }
  return out;
}
