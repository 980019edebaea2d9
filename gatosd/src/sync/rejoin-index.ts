/**
 * Indexes that two clones have extended: tools, capabilities that were issued or revoked, blobs. Where no key was changed on both sides they
 * are made one again. A ledger is not: that an effect was registered, or a use counted, is a fact of the history in which compare-and-swap
 * decided it, and putting it on top of another would say that it was decided there.
 */
import {
  changedKeys,
  type GitBackend,
  isIndex,
  type Oid,
  REF_PREFIX,
  RULES,
  refOfChain,
  rejoinIndex,
  requestBy,
  ruleFor,
  verifyRepository,
} from 'gatos-core';
import { transportError } from '../errors.js';
import { commonBase } from './relation.js';
import type { RoundContext } from './round-context.js';

interface Diverged {
  readonly chain: string;
  readonly ours: Oid;
  readonly theirs: Oid;
}

/** Chains in which a lost race is a fact. */
const LEDGERS = /^(?:effects|capabilities\/used)\//;

export function isJoinableIndex(chain: string): boolean {
  const rule = ruleFor(RULES, chain);
  return rule !== null && isIndex(rule) && !LEDGERS.test(chain);
}

/** Ids that are told one by one. */
const SHOWN = 10;

/** Throws `transport/ledger-diverged` for a ledger, with what was done here alone and what on both sides. */
export async function refuseLedger(
  { at, workspace, request }: RoundContext,
  { chain, ours, theirs }: Diverged,
): Promise<void> {
  const rule = ruleFor(RULES, chain);
  if (rule === null || !LEDGERS.test(chain)) return;
  const { backend } = workspace;
  const base = await commonBase(at, { ours, theirs });
  const mine = await changedKeys(backend, { rule, head: ours, after: base }, request);
  const other = await changedKeys(backend, { rule, head: theirs, after: base }, request);
  const both = [...mine].filter((key) => other.has(key));
  const here = [...mine].filter((key) => !other.has(key));
  throw transportError('ledger-diverged', {
    chain,
    remote: at.remote,
    here: here.slice(0, SHOWN),
    both: both.slice(0, SHOWN),
    more: Math.max(0, here.length - SHOWN),
  });
}

export interface JoinedIndex {
  readonly tip: Oid;
  readonly records: number;
  readonly dropped: number;
}

/**
 * Builds the joined history of an index, and checks what its plane promises of it: a blob that was removed there must not have been pinned
 * here before. Throws `chain/rejoin-conflict`, `chain/rejoin-foreign`, `transport/not-joined`, `settings/no-author`, `identity/*`.
 */
export async function joinIndex(
  context: RoundContext,
  { chain, ours, theirs, base }: Diverged & { readonly base: Oid | null },
): Promise<JoinedIndex> {
  const { workspace, request } = context;
  const { backend, engine, repository } = workspace;
  const rule = ruleFor(RULES, chain);
  if (rule === null) throw transportError('unknown-ref', { chain, remote: 'here', others: 0 });
  const writer = await repository.writer();
  const { repo, actor, signers, authorize, floor } = requestBy(writer, { chain, rule, prepare: async () => [] });
  const parts = { chain, rule, repo, actor, signers, authorize, floor, onto: theirs, ours, base };
  const joined = await rejoinIndex(backend, parts, request);
  const after = withHead(backend, { chain, head: joined.tip });
  const { signal } = request;
  const { report } = await verifyRepository({ backend: after, engine }, { only: [chain], proofs: false, signal });
  const bad = report.checks.find(({ subject, outcome }) => subject === chain && outcome !== 'pass');
  if (bad !== undefined) throw transportError('not-joined', { chain, why: bad.detail });
  return joined;
}

/** The repository as it would be with a chain at this head. */
function withHead(backend: GitBackend, { chain, head }: { readonly chain: string; readonly head: Oid }): GitBackend {
  const moved = refOfChain(chain);
  return {
    ...backend,
    objects: backend.objects,
    refs: {
      ...backend.refs,
      read: async (name) => (name === moved ? head : backend.refs.read(name)),
      list: async (prefix = REF_PREFIX, options) => {
        const refs = await backend.refs.list(prefix, options);
        return refs.map((ref) => (ref.name === moved ? { ...ref, oid: head } : ref));
      },
      transaction: (edits) => backend.refs.transaction(edits),
    },
  };
}
