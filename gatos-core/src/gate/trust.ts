/** The trust by which a push is judged: as it was accepted, and as the push itself extends it. */
import { chainError, readChain, refOfChain } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { GatosError, isGatosError, LIMITS } from '../kernel/index.js';
import { openTrust, TRUST_CHAIN, type TrustHistory } from '../trust/index.js';
import { gateError } from './errors.js';
import { type Arrival, arrivalOf } from './facts.js';
import type { GatePorts } from './push.js';
import type { ChainUpdate } from './read-push.js';
import type { GateState } from './state.js';

export interface TrustView {
  /** Null before the genesis is accepted. */
  readonly accepted: TrustHistory | null;
  /** With what the push adds; the accepted one when it adds nothing, or nothing valid. */
  readonly extended: TrustHistory | null;
  /** Why what the push adds to it does not stand. */
  readonly fault: GatosError | null;
  readonly arrivals: readonly Arrival[];
}

export interface TrustContext {
  readonly ports: GatePorts;
  readonly state: GateState;
  /** The genesis that this repository was pinned to. */
  readonly pin: Cid | undefined;
}

/** The trust chain up to a commit, verified. Throws as `openTrust`. */
function trustAt({ ports, state, pin }: TrustContext, head: string): Promise<TrustHistory> {
  const { backend, engine } = ports;
  return state.trust.get(`${pin ?? ''} ${head}`, () => openTrust({ backend, engine }, { pin, head }));
}

/** The accepted trust chain, or null when there is none. Throws as `openTrust`. */
export async function acceptedTrust(context: TrustContext): Promise<TrustHistory | null> {
  const head = await context.ports.backend.refs.read(refOfChain(TRUST_CHAIN));
  return head === null ? null : trustAt(context, head);
}

/** `update` is that of the trust chain, when the push has one. Throws what makes the accepted chain unusable. */
export async function viewTrust(context: TrustContext, update: ChainUpdate | null): Promise<TrustView> {
  const accepted = await acceptedTrust(context);
  if (update === null) return { accepted, extended: accepted, fault: null, arrivals: [] };
  try {
    const arrivals = await newEnvelopes(context, update);
    const extended = await trustAt(context, update.next);
    return { accepted, extended, fault: null, arrivals };
  } catch (fault) {
    if (!(fault instanceof GatosError)) throw fault;
    return { accepted, extended: accepted, fault, arrivals: [] };
  }
}

/** What stands after the accepted head; a chain that does not extend it is refused here. */
async function newEnvelopes({ ports }: TrustContext, update: ChainUpdate): Promise<Arrival[]> {
  const { chain, old, next } = update;
  const arrivals: Arrival[] = [];
  try {
    for await (const batch of readChain(ports.backend, { head: next, after: old ?? undefined })) {
      for (const entry of batch) arrivals.push(arrivalOf(update, entry));
      if (arrivals.length > LIMITS.gateEnvelopes) throw tooMany(arrivals.length);
    }
  } catch (error) {
    if (old === null || !isGatosError(error, 'git/not-linear')) throw error;
    // A line that does not pass there is another history; what is no line at all says so itself.
    for await (const commit of ports.backend.objects.history({ head: next })) void commit;
    throw chainError('rewritten', { chain, had: old, has: next });
  }
  return arrivals;
}

function tooMany(count: number): GatosError {
  return gateError('limit', { what: 'new envelopes', count, limit: LIMITS.gateEnvelopes });
}
