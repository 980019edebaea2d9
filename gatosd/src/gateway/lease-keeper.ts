/** Says that whoever invokes a tool lives: renews the lease while it runs. A tool that was invoked is not ended for a lost lease. */
import { type HeldEffect, isGatosError, renewEffect, type Writer, type WriterPorts } from 'gatos-core';

export interface LeaseKeeperRequest {
  readonly ports: WriterPorts;
  readonly writer: () => Promise<Writer>;
  readonly held: HeldEffect;
  readonly leaseMs: number;
}

/** A lease is renewed when this part of it is gone, so that a renewal may fail twice. */
const SHARE = 3;

export class LeaseKeeper {
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();
  #keeping = true;

  constructor(private readonly request: LeaseKeeperRequest) {
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

  /** Never rejects: nobody may be waiting for it. */
  async #renew(): Promise<void> {
    const { ports, held, leaseMs, writer } = this.request;
    try {
      this.#keeping = (await renewEffect(ports, { ...(await writer()), held, leaseMs })) && this.#keeping;
    } catch (error) {
      // A full disk, a remote that does not answer: the next renewal may go through, and if none does the lease ends.
      if (!isGatosError(error)) this.#keeping = false;
    }
    this.#schedule();
  }
}
