/** Entries that could not be written to disk: kept for as long as this process needs them. */
import type { Stretch } from './coverage.js';
import { ENTRY_BYTES, KEY_BYTES, lastUpTo } from './entries.js';
import type { Wanted } from './run-file.js';

export class PackedRun {
  constructor(
    private readonly packed: Buffer,
    readonly coverage: readonly Stretch[],
  ) {}

  find(wanted: readonly Wanted[]): void {
    for (const { key, found } of wanted) {
      const at = lastUpTo(this.packed, ENTRY_BYTES, key) * ENTRY_BYTES;
      if (at >= 0 && this.packed.compare(key, 0, KEY_BYTES, at, at + KEY_BYTES) === 0) found(this.packed, at);
    }
  }
}
