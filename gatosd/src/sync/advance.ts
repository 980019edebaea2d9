/** Taking over what a remote has and this clone has not: verified first, and by fast-forward only. */
import {
  type Cid,
  type GatosError,
  type LongCall,
  type Oid,
  RULES,
  refOfChain,
  ruleFor,
  type SignatureEngine,
  TRUST_CHAIN,
  type TrustHistory,
  verifyTrust,
} from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { transportError } from '../errors.js';
import { type Heads, type Relation, relate } from './relation.js';
import type { RemoteAt } from './remote.js';
import { requireValid } from './verify.js';

export interface ExchangeContext {
  readonly at: RemoteAt;
  readonly backend: NativeBackend;
  readonly engine: SignatureEngine;
  /** The genesis to insist on, if there is one. */
  readonly pin: Cid | undefined;
}

export interface Met extends Heads {
  readonly relation: Relation;
}

/**
 * The trust chain first: everything else is judged by it. Theirs is taken over when it goes on from ours. Throws `transport/no-trust`,
 * `transport/diverged`, `trust/*`, and as the git port.
 */
export async function meetTrust(
  { at, backend, engine, pin }: ExchangeContext,
  theirs: Oid | null,
): Promise<Met & { readonly history: TrustHistory }> {
  const ours = await backend.refs.read(refOfChain(TRUST_CHAIN));
  const [first] = [theirs, ours].filter((head) => head !== null);
  if (first === undefined) throw transportError('no-trust', { remote: at.remote });
  // Theirs is verified by itself before it is compared: another genesis is not just another history.
  const mine = ours === null || ours === theirs ? null : await openTrustAt({ backend, engine }, { head: ours, pin });
  const other =
    theirs === null ? null : await openTrustAt({ backend, engine }, { head: theirs, pin: pin ?? mine?.repo });
  const relation = await relate({ ...at, backend }, { ours, theirs });
  if (relation === 'diverged') throw diverged(TRUST_CHAIN, { ours, theirs, remedy: 'none' });
  if (relation === 'behind') await take(backend, { chain: TRUST_CHAIN, ours, theirs });
  const history = relation === 'ahead' ? mine : other;
  if (history === null) throw transportError('no-trust', { remote: at.remote });
  return { ours, theirs, relation, history };
}

/** How two heads of a chain stand to each other; theirs is verified and taken over when it goes on from ours. */
export async function meetChain(
  { at, backend, engine, trust }: ExchangeContext & { readonly trust: TrustHistory },
  { chain, ours, theirs }: Heads & { readonly chain: string },
  options: LongCall,
): Promise<Met> {
  const relation = await relate({ ...at, backend }, { ours, theirs });
  if (ruleFor(RULES, chain)?.movement === 'create-once' && ours !== null && theirs !== null && ours !== theirs) {
    throw diverged(chain, { ours, theirs, remedy: 'none' });
  }
  if (relation === 'behind' && theirs !== null) {
    const where = `from \`${at.remote}\``;
    await requireValid({ backend, engine, trust }, { chain, head: theirs, from: ours, where }, options);
    await take(backend, { chain, ours, theirs });
  }
  return { ours, theirs, relation };
}

async function take(
  { refs }: NativeBackend,
  { chain, ours, theirs }: Heads & { readonly chain: string },
): Promise<void> {
  await refs.transaction([{ name: refOfChain(chain), expected: ours, next: theirs }]);
}

async function openTrustAt(
  ports: Pick<ExchangeContext, 'backend' | 'engine'>,
  at: { readonly head: Oid; readonly pin: Cid | undefined },
): Promise<TrustHistory> {
  const { verdict, history } = await verifyTrust(ports, at);
  if (history === null) throw verdict.fault ?? transportError('no-trust', { remote: '' });
  return history;
}

export function diverged(
  chain: string,
  { ours, theirs, remedy }: Heads & { readonly remedy: 're-emit' | 'none' },
): GatosError {
  return transportError('diverged', { chain, local: ours ?? '', remote: theirs ?? '', remedy });
}
