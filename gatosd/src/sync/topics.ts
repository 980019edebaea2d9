/**
 * Topics of the bus with two histories: two clones published without knowing of each other. A topic is one line of segments, so all its
 * chains are joined together or left alone together.
 */
import { GatosError, type Oid, openBus, REF_PREFIX, rejoinTopic, type TrustHistory, topicOf } from 'gatos-core';
import { transportError } from '../errors.js';
import { diverged } from './advance.js';
import { commonBase, type Heads, relate } from './relation.js';
import type { ReEmission, Refused, RolledBack } from './request.js';
import type { RoundContext } from './round-context.js';
import { requireValid } from './verify.js';

export interface MetTopics {
  readonly reEmitted: readonly ReEmission[];
  readonly rolledBack: readonly RolledBack[];
  /** Also chains that are well, of a topic that is not: they would tell of a line that is not there. */
  readonly refused: readonly Refused[];
}

interface Chains {
  readonly ours: ReadonlyMap<string, Oid>;
  readonly theirs: ReadonlyMap<string, Oid>;
}

/** Makes one line of each topic that has two, where a sync was asked to sign again; else says which they are. */
export async function meetTopics(context: RoundContext, chains: Chains, trust: TrustHistory): Promise<MetTopics> {
  const met = { reEmitted: [] as ReEmission[], rolledBack: [] as RolledBack[], refused: [] as Refused[] };
  for (const [topic, forked] of await forkedTopics(context, chains)) {
    const here = { topic, ours: within(chains.ours, topic), theirs: within(chains.theirs, topic) };
    try {
      if (context.request.reEmit !== true)
        throw diverged(forked, {
          ours: here.ours.get(forked) ?? null,
          theirs: here.theirs.get(forked) ?? null,
          remedy: 're-emit',
        });
      const { reEmitted, rolledBack } = await rejoin(context, here, trust);
      met.reEmitted.push(...reEmitted);
      met.rolledBack.push(...rolledBack);
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      met.refused.push(...refusals(context, { ...here, forked, error }));
    }
    context.request.signal?.throwIfAborted();
  }
  return met;
}

function within(heads: ReadonlyMap<string, Oid>, topic: string): ReadonlyMap<string, Oid> {
  return new Map([...heads].filter(([chain]) => topicOf(chain) === topic));
}

/** By topic the first of its chains with two histories. Offsets are not asked: where they stand says nothing of the line. */
async function forkedTopics({ at, workspace }: RoundContext, chains: Chains): Promise<ReadonlyMap<string, string>> {
  const forked = new Map<string, string>();
  for (const [chain, theirs] of [...chains.theirs].sort()) {
    const topic = topicOf(chain);
    const ours = chains.ours.get(chain);
    if (topic === null || chain.startsWith('mbus-ack/') || ours === undefined || forked.has(topic)) continue;
    if ((await relate({ ...at, backend: workspace.backend }, { ours, theirs })) === 'diverged')
      forked.set(topic, chain);
  }
  return forked;
}

interface Topic extends Chains {
  readonly topic: string;
}

function refusals(
  { at }: RoundContext,
  { ours, theirs, forked, error }: Topic & { readonly forked: string; readonly error: GatosError },
): readonly Refused[] {
  const others = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    (chain) => chain !== forked && ours.get(chain) !== theirs.get(chain),
  );
  const because = transportError.bind(null, 'held-back');
  return [
    { chain: forked, error },
    ...others.sort().map((chain) => ({ chain, error: because({ chain, remote: at.remote, because: forked }) })),
  ];
}

async function rejoin(
  context: RoundContext,
  { topic, ours, theirs }: Topic,
  trust: TrustHistory,
): Promise<Pick<MetTopics, 'reEmitted' | 'rolledBack'>> {
  const { workspace, request, at } = context;
  const { backend, engine, repository } = workspace;
  const judge = { backend, engine, trust };
  for (const [chain, head] of theirs) {
    const mine = ours.get(chain);
    if (mine === head) continue;
    const from = mine === undefined ? null : await commonBase(at, { ours: mine, theirs: head });
    await requireValid(judge, { chain, head, from, where: `from \`${at.remote}\`` }, request);
  }
  const ports = openBus({ ...repository.ports, backend });
  const { edits, records, dropped } = await rejoinTopic(ports, { ...(await repository.writer()), topic, theirs });
  for (const { name, next } of edits) {
    const chain = name.slice(REF_PREFIX.length);
    // Is the key still good, by the trust of now? What would not be passed on does not replace what is here.
    if (next !== null && next !== theirs.get(chain))
      await requireValid(judge, { chain, head: next, from: theirs.get(chain) ?? null, where: 'here' }, request);
  }
  await backend.refs.transaction(edits);
  return tell(
    edits.map(({ name, expected, next }) => ({ chain: name.slice(REF_PREFIX.length), ours: expected, theirs: next })),
    { theirs, records, dropped },
  );
}

/** What was signed again is told once, with the last segment that holds any of it. */
function tell(
  moved: readonly (Heads & { readonly chain: string })[],
  {
    theirs,
    records,
    dropped,
  }: { readonly theirs: ReadonlyMap<string, Oid>; readonly records: number; readonly dropped: number },
): Pick<MetTopics, 'reEmitted' | 'rolledBack'> {
  const written = moved.filter(
    (each) => each.chain.startsWith('mbus/') && each.theirs !== (theirs.get(each.chain) ?? null),
  );
  const last = written.filter((each) => each.theirs !== null).at(-1);
  const reEmitted =
    last?.theirs == null ? [] : [{ chain: last.chain, from: last.ours, to: last.theirs, records, dropped }];
  const rolledBack = moved
    .filter((each) => each !== last && each.ours !== null)
    .map((each) => ({ chain: each.chain, from: each.ours ?? '', to: each.theirs }));
  return { reEmitted, rolledBack };
}
