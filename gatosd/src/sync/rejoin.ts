/**
 * A chain with two histories, made one again as far as that is ours to do. Our own journal is signed again on top of the other
 * history. A state, which anybody can make again, gives way to it, and so do definitions of a fold that it has as well. Nothing
 * that another clone has seen is taken back. Offsets of a consumer are as far as the further of the two. Of an index, our own records
 * are signed again where no key was changed on both sides.
 */
import {
  actorToRefComponent,
  CHECKPOINT_KIND,
  DEFINITION_KIND,
  joinOffsets,
  type Oid,
  openBus,
  REF_PREFIX,
  readBackwards,
  readChain,
  readOffset,
  recordBody,
  refOfChain,
  type TrustHistory,
} from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { transportError } from '../errors.js';
import { isJoinableIndex, joinIndex } from './rejoin-index.js';
import { commonBase } from './relation.js';
import { trackedHeads } from './remote.js';
import type { ReEmission, RolledBack } from './request.js';
import type { RoundContext } from './round-context.js';
import { requireValid } from './verify.js';

export interface DivergedChain {
  readonly chain: string;
  readonly ours: Oid;
  readonly theirs: Oid;
}

export interface Rejoined {
  readonly reEmitted: readonly ReEmission[];
  readonly rolledBack: readonly RolledBack[];
}

/** Could `rejoin` make this chain one again? */
export function canRejoin({ workspace: { settings } }: RoundContext, chain: string): boolean {
  return (
    /^(?:state|folds|mbus-ack)\//.test(chain) ||
    isJoinableIndex(chain) ||
    namespaceOfOwn(chain, settings.actor) !== null
  );
}

/** Offsets of a consumer that are further at the other end: ours say nothing more, and nothing is to be signed. */
export async function givesWay(
  { workspace: { backend } }: RoundContext,
  { chain, ours, theirs }: DivergedChain,
): Promise<boolean> {
  if (!chain.startsWith('mbus-ack/')) return false;
  const [mine, other] = [await readOffset(backend, ours), await readOffset(backend, theirs)];
  return mine.segment === other.segment ? mine.seq <= other.seq : mine.segment < other.segment;
}

/** The namespace of the journal chain of `actor`; null for any other chain. */
function namespaceOfOwn(chain: string, actor: string | undefined): string | null {
  const [plane, ns = '', writer, ...rest] = chain.split('/');
  const own = actor !== undefined && plane === 'journal' && rest.length === 0 && writer === actorToRefComponent(actor);
  return own ? ns : null;
}

/**
 * Makes one history of two, in one step. Throws `transport/not-verified` and `transport/not-checked` for theirs,
 * `journal/duplicate-key` when both use one key for different events, `settings/no-author`, `identity/*`.
 */
export async function rejoin(context: RoundContext, diverged: DivergedChain, trust: TrustHistory): Promise<Rejoined> {
  const { workspace, request, at } = context;
  const { backend, engine, settings } = workspace;
  const { chain, ours, theirs } = diverged;
  const base = await commonBase(at, { ours, theirs });
  const where = `from \`${at.remote}\``;
  await requireValid({ backend, engine, trust }, { chain, head: theirs, from: base, where }, request);
  if (chain.startsWith('mbus-ack/')) return rejoinOffsets(context, diverged, trust);
  if (isJoinableIndex(chain)) return rejoinOfIndex(context, { ...diverged, base }, trust);
  const ns = namespaceOfOwn(chain, settings.actor);
  if (ns === null) {
    if (chain.startsWith('folds/')) await requireDefined(backend, { ...diverged, base });
    await backend.refs.transaction([{ name: refOfChain(chain), expected: ours, next: theirs }]);
    return { reEmitted: [], rolledBack: [{ chain, from: ours, to: theirs }] };
  }
  const { tip, records, dropped, replaced } = await workspace.repository.reEmit(
    { ns, onto: theirs, ours, base },
    request,
  );
  // Is the key still good, by the trust of now? What would not be passed on does not replace what is here.
  await requireValid({ backend, engine, trust }, { chain, head: tip, from: theirs, where: 'here' }, request);
  const rolledBack = await statesOf(context, { chain, replaced });
  const states = rolledBack.map(({ chain: state, from, to }) => ({
    name: refOfChain(state),
    expected: from,
    next: to,
  }));
  await backend.refs.transaction([{ name: refOfChain(chain), expected: ours, next: tip }, ...states]);
  return { reEmitted: [{ chain, from: ours, to: tip, records, dropped }], rolledBack };
}

/** Records of ours that the other history lacks, on top of it. */
async function rejoinOfIndex(
  context: RoundContext,
  diverged: DivergedChain & { readonly base: Oid | null },
  trust: TrustHistory,
): Promise<Rejoined> {
  const { backend, engine } = context.workspace;
  const { chain, ours, theirs } = diverged;
  const { tip, records, dropped } = await joinIndex(context, diverged);
  await requireValid({ backend, engine, trust }, { chain, head: tip, from: theirs, where: 'here' }, context.request);
  await backend.refs.transaction([{ name: refOfChain(chain), expected: ours, next: tip }]);
  return { reEmitted: [{ chain, from: ours, to: tip, records, dropped }], rolledBack: [] };
}

/** One consumer in two clones: it is as far as the further of the two. */
async function rejoinOffsets(context: RoundContext, diverged: DivergedChain, trust: TrustHistory): Promise<Rejoined> {
  const { backend, engine, repository } = context.workspace;
  const { chain, ours, theirs } = diverged;
  const move = (next: Oid) => backend.refs.transaction([{ name: refOfChain(chain), expected: ours, next }]);
  if (await givesWay(context, diverged)) {
    await move(theirs);
    return { reEmitted: [], rolledBack: [{ chain, from: ours, to: theirs }] };
  }
  const [, topic = '', consumer = ''] = chain.split('/');
  const ports = openBus({ ...repository.ports, backend });
  const tip = await joinOffsets(ports, { ...(await repository.writer()), topic, consumer, ours, theirs });
  await requireValid({ backend, engine, trust }, { chain, head: tip, from: theirs, where: 'here' }, context.request);
  await move(tip);
  return { reEmitted: [{ chain, from: ours, to: tip, records: 1, dropped: 0 }], rolledBack: [] };
}

/** Throws `transport/diverged` when we have definitions that the other history lacks: dropping them would lose somebody's work. */
async function requireDefined(
  backend: NativeBackend,
  { chain, ours, theirs, base }: DivergedChain & { base: Oid | null },
): Promise<void> {
  const defined = await definitions(backend, { head: theirs, after: undefined });
  for (const root of await definitions(backend, { head: ours, after: base ?? undefined })) {
    if (!defined.has(root)) throw transportError('diverged', { chain, local: ours, remote: theirs, remedy: 'none' });
  }
}

/** The fold roots that a stretch of a chain defines. */
async function definitions(backend: NativeBackend, range: { head: Oid; after: Oid | undefined }): Promise<Set<string>> {
  const roots = new Set<string>();
  for await (const batch of readChain(backend, range)) {
    for (const { envelope } of batch) {
      for (let i = 0; i < envelope.count; i++) roots.add(String(recordBody(envelope, i, DEFINITION_KIND).fold_root));
    }
  }
  return roots;
}

/** States with checkpoints, unknown to the remote, that folded envelopes which are replaced: their proofs could not be checked any more. */
async function statesOf(
  { workspace: { backend }, at }: RoundContext,
  { chain, replaced }: { readonly chain: string; readonly replaced: ReadonlySet<string> },
): Promise<RolledBack[]> {
  const tracked = await trackedHeads(backend, at.remote);
  const rolledBack: RolledBack[] = [];
  for (const { name, oid } of await backend.refs.list(`${REF_PREFIX}state/`)) {
    const state = name.slice(REF_PREFIX.length);
    const theirs = tracked.get(state);
    const published = theirs === undefined ? null : await commonBase(at, { ours: oid, theirs });
    let to: Oid | null = oid;
    for await (const entry of readBackwards(backend, oid)) {
      const { windows } = recordBody(entry.envelope, 0, CHECKPOINT_KIND);
      const isBuiltOn = windows.some((window) => window.chain === chain && replaced.has(String(window.head)));
      if (entry.oid === published || !isBuiltOn) break;
      to = entry.commit.parents[0] ?? null;
    }
    if (to !== oid) rolledBack.push({ chain: state, from: oid, to });
  }
  return rolledBack;
}
