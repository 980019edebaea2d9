/** What planes promise of their records beyond valid chains: one row for each plane that has more to say. */
import { verifyDenials } from '../audit/index.js';
import { type ChunkPresence, verifyBlobs } from '../blobs/index.js';
import { verifyBus } from '../bus/index.js';
import { verifyCapabilities } from '../capabilities/index.js';
import { verifyEffects } from '../effects/index.js';
import { verifyExperiments } from '../experiments/index.js';
import type { GitBackend } from '../git/index.js';
import { verifyGovernance } from '../governance/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { verifyJobs } from '../jobs/index.js';
import type { Check, LongCall } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';

export interface PlaneRequest extends LongCall {
  /** Null when the trust chain does not hold: what rests on it has been told by then. */
  readonly trust: TrustHistory | null;
  /** Only what these chains, and those below them, are a part of; absent: all. */
  readonly only?: readonly string[] | undefined;
}

export interface Plane {
  /** As in its rules. */
  readonly plane: string;
  verify(
    ports: {
      readonly backend: GitBackend;
      readonly engine: SignatureEngine;
      readonly chunks?: ChunkPresence | undefined;
    },
    request: PlaneRequest,
  ): Promise<readonly Check[]>;
}

export const PLANES: readonly Plane[] = [
  {
    plane: 'governance',
    // Without trust nobody's approval counts, which its chains have said already.
    verify: async (ports, { trust, ...request }) =>
      trust === null ? [] : verifyGovernance(ports, { trust, ...request }),
  },
  { plane: 'audit', verify: ({ backend }, request) => verifyDenials(backend, request) },
  { plane: 'bus', verify: ({ backend }, request) => verifyBus(backend, request) },
  {
    plane: 'blobs',
    verify: ({ backend, chunks }, request) => verifyBlobs(backend, { ...request, chunks }),
  },
  {
    plane: 'capabilities',
    // Without trust nobody may issue anything, which the chains have said already.
    verify: async (ports, { trust, ...request }) =>
      trust === null ? [] : verifyCapabilities(ports, { trust, ...request }),
  },
  { plane: 'jobs', verify: (ports, request) => verifyJobs(ports, request) },
  { plane: 'experiments', verify: (ports, request) => verifyExperiments(ports, request) },
  { plane: 'effects', verify: (ports, request) => verifyEffects(ports, request) },
];
