/** Record kinds of the ledger of effects: bodies that say the same in their own fields and in the objects that they carry. */
import { type AnyRecordKind, type Attachment, type Description, defineKind, type IndexedKind } from '../chain/index.js';
import { Cid, formatHex, type Schema, s } from '../codec/index.js';
import {
  ENTRY_SHAPE,
  type Entry,
  type EntryKindName,
  type KeptResponse,
  LOOSE_SHAPE,
  type LooseReceipt,
  RESPONSE_PATH,
} from './entry-shape.js';
import { entryFault, receiptFault } from './schema-faults.js';

const TITLES: Readonly<Record<EntryKindName, (entry: Entry) => string>> = {
  'effect.register': ({ attempt }) => `effect: registered${attempt === 1 ? '' : `, attempt ${attempt}`}`,
  'effect.ended': ({ ended }) => `effect: ${ended?.acted === 'no' ? 'not invoked' : 'outcome unknown'}`,
  'effect.commit': () => 'effect: done',
  'effect.divergence': () => 'effect: divergent',
  'effect.resolved': ({ resolution }) => `effect: resolved as ${resolution?.as ?? 'nothing'}`,
};

function described(title: string, { id, tool }: Pick<Entry, 'id' | 'tool'>): Description {
  return {
    title,
    trailers: [
      ['Effect', formatHex(id)],
      ['Tool-Id', formatHex(tool)],
    ],
  };
}

function attached(response: KeptResponse | null | undefined): readonly Attachment[] {
  if (response?.blob === undefined) return [];
  return [{ path: RESPONSE_PATH, size: response.size, cid: Cid.of('raw', response.hash) }];
}

function entryKind(kind: EntryKindName): IndexedKind<Entry> {
  const base = defineKind<Entry>({
    kind,
    schema: s.refine(ENTRY_SHAPE, (entry) => entryFault(kind, entry)) as Schema<Entry>,
    describe: (entry) => described(TITLES[kind](entry), entry),
    // Later records of the id repeat where the bytes are; the one that brings the outcome carries them.
    ...(kind === 'effect.commit' ? { attachments: ({ outcome }: Entry) => attached(outcome?.response) } : {}),
  });
  return { ...base, indexKey: ({ id }) => formatHex(id), indexReplaces: ({ replaces }) => replaces };
}

export const REGISTER_KIND: IndexedKind<Entry> = entryKind('effect.register');
export const ENDED_KIND: IndexedKind<Entry> = entryKind('effect.ended');
export const COMMIT_KIND: IndexedKind<Entry> = entryKind('effect.commit');
export const DIVERGENCE_KIND: IndexedKind<Entry> = entryKind('effect.divergence');
export const RESOLVED_KIND: IndexedKind<Entry> = entryKind('effect.resolved');

export const RECEIPT_KIND: IndexedKind<LooseReceipt> = {
  ...defineKind<LooseReceipt>({
    kind: 'effect.receipt',
    schema: s.refine(LOOSE_SHAPE, receiptFault),
    describe: ({ id, tool }) => ({
      title: 'effect: receipt',
      trailers: [
        ['Receipt', formatHex(id)],
        ['Tool-Id', formatHex(tool)],
      ],
    }),
    attachments: ({ response }) => attached(response),
  }),
  indexKey: ({ id }) => formatHex(id),
  indexReplaces: () => null,
};

const KINDS: readonly IndexedKind<Entry>[] = [REGISTER_KIND, ENDED_KIND, COMMIT_KIND, DIVERGENCE_KIND, RESOLVED_KIND];

/** By name; undefined for what is no record of an idempotency id. */
export function entryKindOf(name: string): IndexedKind<Entry> | undefined {
  return KINDS.find(({ kind }) => kind === name);
}

export const EFFECT_KINDS: readonly AnyRecordKind[] = [...KINDS, RECEIPT_KIND] as readonly unknown[] as AnyRecordKind[];
