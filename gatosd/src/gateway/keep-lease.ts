/** Says that whoever invokes a tool lives: renews the lease while it runs. A tool that was invoked is not ended for a lost lease. */
import { type HeldEffect, isGatosError, renewEffect, type Writer, type WriterPorts } from 'gatos-core';
import { Renewals } from '../renewals.js';

export interface KeepLeaseRequest {
  readonly ports: WriterPorts;
  readonly writer: () => Promise<Writer>;
  readonly held: HeldEffect;
  readonly leaseMs: number;
}

/** Renews from now on, until it is stopped or the lease is another one's. */
export function keepLease({ ports, writer, held, leaseMs }: KeepLeaseRequest): Renewals {
  const renew = async (): Promise<boolean> => {
    try {
      return await renewEffect(ports, { ...(await writer()), held, leaseMs });
    } catch (error) {
      // A full disk, a remote that does not answer: the next renewal may go through, and if none does the lease ends.
      return isGatosError(error);
    }
  };
  const renewals = new Renewals({ leaseMs, renew });
  renewals.start();
  return renewals;
}
