/** ULIDs that rise within one writer, whatever the clock does. Source: github.com/ulid/spec, "Monotonicity". */
import { formatUlid } from '../codec/index.js';
import type { Clock, Random } from '../kernel/index.js';

export class UlidSource {
  #lastMs = -1;
  #random: Uint8Array = new Uint8Array(10);

  constructor(private readonly ports: { readonly clock: Clock; readonly random: Random }) {}

  next(): string {
    const now = Math.max(0, Math.floor(this.ports.clock.now() / 1000));
    if (now > this.#lastMs) {
      this.#lastMs = now;
      this.#random = new Uint8Array(this.ports.random.bytes(10));
      // Room to count up from: the topmost bit stays clear.
      this.#random[0] = (this.#random[0] as number) & 0x7f;
    } else this.#increment();
    return formatUlid({ timeMs: this.#lastMs, random: this.#random });
  }

  #increment(): void {
    for (let i = this.#random.length - 1; i >= 0; i--) {
      const value = ((this.#random[i] as number) + 1) & 0xff;
      this.#random[i] = value;
      if (value !== 0) return;
    }
  }
}
