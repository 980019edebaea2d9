/** One step of an idempotency id: what stands is looked at on the head that wins, so what is decided holds where it is recorded. */
import {
  type AppendRequest,
  appendTogether,
  type Draft,
  type IndexedKind,
  type IndexView,
  indexAtHead,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, formatHex } from '../codec/index.js';
import { type Clock, invariant } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { type Effect, isEffect, openEntry, openIndexed } from './entry.js';
import type { Entry, EntryKindName } from './entry-shape.js';
import { effectError } from './errors.js';
import { shardOf } from './names.js';
import { EFFECTS_RULE } from './rules.js';

/** A record to be: everything but what it replaces. */
export interface NextEntry {
  readonly kind: IndexedKind<Entry>;
  readonly body: Omit<Entry, 'replaces'>;
  readonly files?: Draft['files'];
}

export interface Decided<T> {
  /** Null: nothing is to be recorded. */
  readonly next: NextEntry | null;
  /** What the step comes to when this was decided last. `made` is the effect as it stands then. */
  answer(made: Effect | null): T;
}

export interface Step<T> extends Writer {
  readonly id: Uint8Array;
  /** The largest clock of what is known of this. */
  readonly seen?: number | undefined;
  /** What becomes visible in the same step when something is recorded, on other chains. */
  readonly together?: readonly AppendRequest[] | undefined;
  /** Asked anew at every attempt. `now` in µs since the epoch never runs backwards. */
  decide(effect: Effect | null, now: number): Decided<T> | Promise<Decided<T>>;
}

/** Errors as `appendTogether`, and what `decide` and `answer` throw. */
export async function takeStep<T>(
  ports: WriterPorts,
  { id, decide, seen, together = [], ...writer }: Step<T>,
): Promise<T> {
  const { backend } = ports;
  const chain = shardOf(id);
  const clock = forwardClock(ports.clock);
  let last: { readonly decided: Decided<T>; readonly made: Effect | null } | null = null;
  const prepare: AppendRequest['prepare'] = async (head) => {
    const index = indexAtHead(backend, { chain, head });
    const standing = await effectIn(index, id);
    const decided = await decide(standing, Math.floor(clock.now()));
    last = { decided, made: standing };
    if (decided.next === null) return [];
    const { kind, files } = decided.next;
    const body: Entry = { ...decided.next.body, replaces: standing?.cid ?? null };
    const record = { body, expected: body.replaces, ...(files === undefined ? {} : { files }) };
    const { drafts, records } = await index.draft([{ kind, records: [record] }]);
    last = { decided, made: openEntry((records[0] as { readonly cid: Cid }).cid, kind.kind as EntryKindName, body) };
    return drafts;
  };
  const request = requestBy(writer, { chain, rule: EFFECTS_RULE, prepare, seen: () => seen ?? 0 });
  await appendTogether({ ...ports, clock }, [request, ...together.map(onlyAfter)]);
  invariant(last !== null, 'a step is decided before it is taken');
  const { decided, made } = last as { readonly decided: Decided<T>; readonly made: Effect | null };
  return decided.answer(made);
}

/** What belongs to a step is left when the step is. */
function onlyAfter(request: AppendRequest): AppendRequest {
  return {
    ...request,
    prepare: async (head, before) => (before[0]?.length === 0 ? [] : request.prepare(head, before)),
  };
}

/** Nothing is signed for a time before the one at which it was decided, even if the clock of the machine is set back meanwhile. */
function forwardClock(clock: Clock): Clock {
  let latest = Number.NEGATIVE_INFINITY;
  return {
    now: () => {
      latest = Math.max(latest, clock.now());
      return latest;
    },
    sleep: (ms) => clock.sleep(ms),
  };
}

/** What stands of an id in an index. */
export async function effectIn(index: IndexView, id: Uint8Array): Promise<Effect | null> {
  const indexed = await index.find(formatHex(id));
  if (indexed === null) return null;
  const found = openIndexed(indexed);
  if (isEffect(found)) return found;
  throw effectError('bad-entry', { id: formatHex(id), seq: 0, why: 'is that of a receipt with the same id' });
}
