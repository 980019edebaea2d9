/** Building the document that policies read, from what was verified. */

import { usableGrants } from '../governance/index.js';
import { compareText, type LongCall } from '../kernel/index.js';
import type { ActivePolicy, InputUpdate, PolicyInput } from '../policy/index.js';
import type { TrustHistory } from '../trust/index.js';
import { CommitFacts } from './commit-facts.js';
import type { Arrival } from './facts.js';
import { NO_COMMITS, type Ordinary, OrdinaryFacts } from './ordinary-facts.js';
import type { GatePorts, Push, RefUpdate } from './push.js';
import { isGatosRef } from './read-push.js';
import type { GateState } from './state.js';
import { encodable } from './text.js';

export interface InputContext {
  readonly ports: GatePorts;
  readonly state: GateState;
  readonly push: Push;
  readonly policy: ActivePolicy;
  /** The accepted one. */
  readonly trust: TrustHistory;
}

export interface Pushed {
  readonly updates: readonly RefUpdate[];
  readonly arrivals: readonly Arrival[];
}

/** The document, its parts in the orders that it promises. Throws `gate/limit` and what reading the push throws. */
export async function buildInput(
  context: InputContext,
  { updates, arrivals }: Pushed,
  options: LongCall,
): Promise<PolicyInput> {
  const { ports, state, push, policy, trust } = context;
  const { received } = push;
  const facts = new CommitFacts({ ports, trust, received });
  const byChain = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    const known = byChain.get(arrival.update.name);
    if (known === undefined) byChain.set(arrival.update.name, [arrival]);
    else known.push(arrival);
  }
  const described: InputUpdate[] = [];
  const ordinary = new OrdinaryFacts(ports, facts);
  await ordinary.prepare(updates, options);
  for (const update of updates) {
    const envelopes = (byChain.get(update.name) ?? []).map(({ envelope }) => envelope);
    const plain = isGatosRef(update.name) ? NO_COMMITS : await ordinary.of(update, options);
    described.push({ ...placeOf(update), ...plain, envelopes });
  }
  const governance = { backend: ports.backend, engine: ports.engine, memo: state.ledger };
  const grants = await usableGrants(governance, { ...options, trust, time: received, policyRoot: policy.root });
  return {
    v: 1,
    profile: trust.state.profile,
    received,
    repository: String(trust.repo),
    policy: String(policy.root),
    pusher: push.pusher === null ? null : encodable(push.pusher),
    options: push.options.map(encodable),
    updates: described,
    grants,
    groups: Object.fromEntries([...trust.state.groups].sort(([a], [b]) => compareText(a, b))),
  };
}

const SPACES = [
  ['refs/heads/', 'branch'],
  ['refs/tags/', 'tag'],
  ['refs/gatos/', 'gatos'],
] as const;

function placeOf({ name: given, old, next }: RefUpdate): Omit<InputUpdate, keyof Ordinary | 'envelopes'> {
  const ref = encodable(given);
  const [prefix, space] = SPACES.find(([start]) => ref.startsWith(start)) ?? (['', 'other'] as const);
  const kind = next === null ? 'delete' : old === null ? 'create' : 'update';
  return { ref, name: ref.slice(prefix.length), space, kind, old, new: next };
}
