/** Renewals of a lease while something long runs: one at a time, each when a third of the lease is gone, so that one may fail twice. */
const SHARE = 3;

export interface RenewalsRequest {
  readonly leaseMs: number;
  /** One renewal; false when there is nothing more to renew. Never rejects: nobody may be waiting for it. */
  readonly renew: () => Promise<boolean>;
}

export class Renewals {
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();
  #keeping = false;

  /** Nothing is renewed before `start`. */
  constructor(private readonly request: RenewalsRequest) {}

  /** Begins, or goes on after `stop`. */
  start(): void {
    this.#keeping = true;
    this.#schedule();
  }

  /** Ends the renewals; nothing of them is under way afterwards. */
  async stop(): Promise<void> {
    this.#keeping = false;
    clearTimeout(this.#timer);
    await this.#renewal;
  }

  #schedule(): void {
    if (!this.#keeping) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew();
    }, this.request.leaseMs / SHARE);
  }

  async #renew(): Promise<void> {
    const goesOn = await this.request.renew();
    if (goesOn) this.#schedule();
    else this.#keeping = false;
  }
}
