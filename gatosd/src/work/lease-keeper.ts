/** Keeps a lease while a job runs: renews it in time, and stops the job when somebody else took over or cancelled it. */
import { isGatosError, type Lease, renewClaim, type Writer, type WriterPorts } from 'gatos-core';
import { Renewals } from '../renewals.js';

export interface LeaseKeeperRequest {
  readonly ports: WriterPorts;
  readonly writer: () => Promise<Writer>;
  readonly lease: Lease;
  readonly leaseMs: number;
}

export class LeaseKeeper {
  #lease: Lease;
  readonly #renewals: Renewals;
  readonly #lost = new AbortController();

  constructor(private readonly request: LeaseKeeperRequest) {
    this.#lease = request.lease;
    this.#renewals = new Renewals({ leaseMs: request.leaseMs, renew: () => this.#renew() });
    this.resume();
  }

  /** Aborted with `jobs/lost-lease` when another worker took over, with `jobs/done` when one has ended the job, or it was cancelled. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends the renewals; the lease as it is then. */
  async stop(): Promise<Lease> {
    await this.#renewals.stop();
    return this.#lease;
  }

  /** Goes on with renewals after `stop`. */
  resume(): void {
    this.#renewals.start();
  }

  async #renew(): Promise<boolean> {
    const { ports, leaseMs } = this.request;
    try {
      this.#lease = await renewClaim(ports, { ...(await this.request.writer()), lease: this.#lease, leaseMs });
      return true;
    } catch (error) {
      // A full disk, a remote that does not answer: the next renewal may go through, and if none does the lease ends.
      if (isGatosError(error) && error.code !== 'jobs/lost-lease' && error.code !== 'jobs/done') return true;
      this.#lost.abort(error);
      return false;
    }
  }
}
