/** Planes that look at what would stand after the push, and the rules by which they refuse. */
import { BLOB_RULES, verifyBlobs } from '../blobs/index.js';
import { BUS_RULES, verifyBus } from '../bus/index.js';
import { CAPABILITY_RULES, verifyCapabilities } from '../capabilities/index.js';
import type { Rule } from '../chain/index.js';
import { EFFECT_RULES, verifyEffects } from '../effects/index.js';
import { EXPERIMENT_RULES, verifyExperiments } from '../experiments/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { GOVERNANCE_RULES, verifyGovernance } from '../governance/index.js';
import { JOB_RULES, JOBS, jobOfChain, verifyJobs } from '../jobs/index.js';
import type { Check, LongCall } from '../kernel/index.js';
import type { ChainJudges } from './chains.js';
import type { Refusal } from './judgement.js';
import type { ChainUpdate } from './read-push.js';
import { type GateRule, refuseCheck } from './refusal.js';

export interface WatchJudges extends Pick<ChainJudges, 'ports' | 'state' | 'extended'> {
  /** The repository as it would be. */
  readonly after: GitBackend;
}

interface WatchOptions extends LongCall {
  readonly only: readonly string[];
  /** Where those stand that are accepted already. */
  readonly since: ReadonlyMap<string, Oid>;
}

/** A plane that judges what stands after the push. */
interface Watch {
  readonly rules: ReadonlySet<Rule>;
  /** The rule of the gate by which it refuses. */
  readonly by: GateRule;
  /** Checks on what these chains are a part of. */
  verify(judges: WatchJudges, options: WatchOptions): Promise<readonly Check[]>;
  /** Is this chain what the check is about? */
  concerns(subject: string, chain: string): boolean;
}

const WATCHES: readonly Watch[] = [
  {
    rules: new Set(GOVERNANCE_RULES),
    by: 'gate/governance',
    verify: ({ ports, after, state, extended }, options) => {
      const governance = { backend: after, engine: ports.engine, memo: state.ledger };
      return verifyGovernance(governance, { ...options, trust: extended });
    },
    concerns: (subject, chain) => subject === chain,
  },
  {
    rules: new Set(BUS_RULES),
    by: 'gate/bus',
    verify: ({ after }, options) => verifyBus(after, options),
    concerns: (subject, chain) => subject === chain,
  },
  {
    rules: new Set(BLOB_RULES),
    by: 'gate/blob',
    verify: ({ after }, options) => verifyBlobs(after, options),
    concerns: (subject, chain) => subject === chain,
  },
  {
    rules: new Set(CAPABILITY_RULES),
    by: 'gate/capability',
    verify: ({ ports, after, state, extended }, options) =>
      verifyCapabilities({ backend: after, engine: ports.engine, memo: state.ledger }, { ...options, trust: extended }),
    concerns: (subject, chain) => subject === chain,
  },
  {
    rules: new Set(JOB_RULES),
    by: 'gate/job',
    verify: ({ after }, options) => verifyJobs({ backend: after }, options),
    concerns: (subject, chain) => subject === `${JOBS}${jobOfChain(chain)}`,
  },
  {
    rules: new Set(EXPERIMENT_RULES),
    by: 'gate/experiment',
    verify: ({ after }, options) => verifyExperiments({ backend: after }, options),
    concerns: (subject, chain) => subject === chain,
  },
  {
    rules: new Set(EFFECT_RULES),
    by: 'gate/effect',
    verify: ({ ports, after, extended }, options) =>
      verifyEffects({ backend: after, engine: ports.engine }, { ...options, trust: extended }),
    concerns: (subject, chain) => subject === chain,
  },
];

/** What planes refuse of what would stand after the push. */
export async function refuseWatched(
  judges: WatchJudges,
  updates: readonly ChainUpdate[],
  options: LongCall,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (const { rules, by, verify, concerns } of WATCHES) {
    const pushed = updates.filter(({ rule }) => rules.has(rule));
    if (pushed.length === 0) continue;
    const since = new Map(pushed.flatMap(({ chain, old }) => (old === null ? [] : [[chain, old] as const])));
    const checks = await verify(judges, { ...options, only: pushed.map(({ chain }) => chain), since });
    for (const check of checks) {
      const update = pushed.find(({ chain }) => concerns(check.subject, chain));
      if (update !== undefined && check.outcome !== 'pass') refusals.push(refuseCheck(by, check, update));
    }
  }
  return refusals;
}
