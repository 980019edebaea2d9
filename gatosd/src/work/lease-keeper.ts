/** Keeps a lease while a job runs: renews it in time, and stops the job when somebody else took over or cancelled it. */
import { isGatosError, type Lease, renewClaim, type Writer, type WriterPorts } from 'gatos-core';

export interface LeaseKeeperRequest {
  readonly ports: WriterPorts;
  readonly writer: () => Promise<Writer>;
  readonly lease: Lease;
  readonly leaseMs: number;
}

/** A lease is renewed when this part of it is gone, so that a renewal may fail twice. */
const SHARE = 3;

export class LeaseKeeper {
  #lease: Lease;
  #timer: NodeJS.Timeout | undefined;
  #renewal: Promise<void> = Promise.resolve();
  #keeping = false;
  readonly #lost = new AbortController();

  constructor(private readonly request: LeaseKeeperRequest) {
    this.#lease = request.lease;
    this.resume();
  }

  /** Aborted with `jobs/lost-lease` when another worker took over, with `jobs/done` when one has ended the job, or it was cancelled. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Ends the renewals; the lease as it is then. */
  async stop(): Promise<Lease> {
    this.#keeping = false;
    clearTimeout(this.#timer);
    await this.#renewal;
    return this.#lease;
  }

  /** Goes on with renewals after `stop`. */
  resume(): void {
    this.#keeping = true;
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#keeping) return;
    this.#timer = setTimeout(() => {
      this.#renewal = this.#renew();
    }, this.request.leaseMs / SHARE);
  }

  /** Never rejects: nobody may be waiting for it. */
  async #renew(): Promise<void> {
    const { ports, leaseMs } = this.request;
    try {
      this.#lease = await renewClaim(ports, { ...(await this.request.writer()), lease: this.#lease, leaseMs });
    } catch (error) {
      // A full disk, a remote that does not answer: the next renewal may go through, and if none does the lease ends.
      const passes = isGatosError(error) && error.code !== 'jobs/lost-lease' && error.code !== 'jobs/done';
      if (!passes) {
        this.#lost.abort(error);
        return;
      }
    }
    this.#schedule();
  }
}
