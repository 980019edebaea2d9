/** Folding any number of events by the rule of windows, for callers that have them at hand. */
import type { JsonValue } from '../../codec/index.js';
import { invariant } from '../../kernel/index.js';
import type { EventBatch } from './batch.js';
import { encodeJsonRows } from './guest-events.js';
import type { Sandbox } from './sandbox.js';
import { WINDOW } from './version.js';
import { groupsBetween } from './window-log.js';

export interface FoldRange {
  readonly sandbox: Sandbox;
  /** Events folded before: a multiple of WINDOW. */
  readonly startIndex: number;
  /** State after those. */
  readonly state: JsonValue;
  readonly batches: Iterable<EventBatch>;
}

export interface FoldedRange {
  readonly state: JsonValue;
  /** The last place at which the sandbox was rebuilt, from which a later range goes on. */
  readonly base: { readonly index: number; readonly state: JsonValue };
  /** Events folded in all, those before `startIndex` included. */
  readonly index: number;
  readonly gasUsed: number;
}

/** Throws as `Sandbox.run` and `Sandbox.snapshot`; an `index` in the error counts from the start of its part of the batch. */
export function foldRange({ sandbox, startIndex, state, batches }: FoldRange): FoldedRange {
  invariant(startIndex % WINDOW === 0, 'a range starts where a window starts');
  let index = startIndex;
  let base = { index, state };
  let gasUsed = 0;
  sandbox.reset(state);
  for (const batch of batches) {
    for (const part of windowsOf(batch, index)) {
      gasUsed += sandbox.run(part).gasUsed;
      index += part.count;
      if (index % WINDOW !== 0) continue;
      base = { index, state: sandbox.snapshot() };
      sandbox.reset(base.state);
    }
  }
  return { state: index === base.index ? base.state : sandbox.snapshot(), base, index, gasUsed };
}

/** The batch cut where windows end. */
function* windowsOf({ rows, groups, count }: EventBatch, index: number): Generator<EventBatch> {
  const { bytes, offsets } = typeof rows === 'object' && 'offsets' in rows ? rows : encodeJsonRows(rows);
  for (let start = 0; start < count; ) {
    const end = Math.min(count, start + WINDOW - ((index + start) % WINDOW));
    yield {
      rows: { bytes, offsets: offsets.slice(start, end + 1) },
      groups: groupsBetween(groups, { start, end }),
      count: end - start,
    };
    start = end;
  }
}
