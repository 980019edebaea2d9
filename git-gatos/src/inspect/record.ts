/** Records and envelopes: each field with what it means. */
import {
  type Attachment,
  type ChainEntry,
  type Check,
  decode,
  formatJson,
  formatKey,
  formatTime,
  type JsonValue,
  RULES,
  recordBytes,
  recordCid,
  ruleFor,
  type Value,
} from 'gatos-core';
import { findStruct } from 'gatos-core/mythos';
import type { Explained, ExplainedField } from './explained.js';
import { type KindMeaning, MEANINGS, meaningOf } from './meanings/index.js';
import { explainStruct } from './struct.js';
import { lastName, leavesOf, shapeOf, shown } from './values.js';

/** Leaves of one record that are told; the rest is counted. */
const SHOWN_LEAVES = 400;

const UNKNOWN: KindMeaning = {
  does: 'a record of a kind that this version does not know',
  spec: 'docs/SPEC.md 2.3',
  fields: new Map(),
  objects: new Map(),
};

/** Is this a kind that `inspect` can explain? */
export function isKnownKind(kind: string): boolean {
  return MEANINGS.has(kind);
}

/** The body of a record, annotated. `bytes`: its DAG-CBOR. */
export function explainRecord(kind: string, bytes: Uint8Array): Explained {
  const meaning = MEANINGS.get(kind) ?? UNKNOWN;
  const fields: ExplainedField[] = [];
  let left = 0;
  for (const { path, value } of leavesOf(decode(bytes), (shape) => opens(meaning, shape))) {
    if (fields.length >= SHOWN_LEAVES) {
      left += 1;
      continue;
    }
    const shape = shapeOf(path);
    const struct = findStruct(meaning.objects.get(shape) ?? '');
    const object = struct !== undefined && value instanceof Uint8Array ? explainStruct(struct, value) : undefined;
    fields.push({
      path,
      value: leafValue(value, path),
      does: meaningOf(meaning, shape) ?? '',
      ...(object === undefined ? {} : { inside: object }),
    });
  }
  if (left > 0) fields.push({ path: '…', value: `${left} more`, does: 'not shown: --raw shows all of it' });
  const { does, spec } = meaning;
  return { what: kind, does, spec, id: String(recordCid(kind, bytes)), fields, checks: [] };
}

function leafValue(value: Value, path: string): unknown {
  const name = lastName(path);
  const json = shown(value, name);
  return typeof json === 'object' && json !== null ? formatJson(json as JsonValue) : json;
}

/** Has what is in this place meanings of its own? */
function opens({ fields }: KindMeaning, shape: string): boolean {
  for (const known of fields.keys()) if (known.startsWith(`${shape}.`) || known.startsWith(`${shape}[]`)) return true;
  // A list of values that share one meaning.
  return false;
}

/** What an entry is beside its records. */
export interface EntryParts {
  readonly entry: ChainEntry;
  /** Files beside the envelope, with what they are. */
  readonly attachments: readonly Attachment[];
  readonly checks: readonly Check[];
}

/** Records of one envelope that are told. */
const SHOWN_RECORDS = 50;

export interface PlacedRecord extends Pick<EntryParts, 'entry' | 'checks'> {
  readonly index: number;
}

/** One record of an envelope, with where it stands. */
export function explainPlaced({ entry, index, checks }: PlacedRecord): Explained {
  const { envelope, signatures, oid } = entry;
  const { chain, kind, seq, actor, time, cid } = envelope;
  return {
    ...explainRecord(kind, recordBytes(envelope, index)),
    facts: [
      ['ref', `refs/gatos/${chain}`],
      ['record', `${seq + index} of the chain`],
      ['envelope', String(cid)],
      ['commit', oid],
      ['by', `${actor}, at ${formatTime(time)} as claimed`],
      ['signed', signatures.map(({ key }) => formatKey(key)).join(', ')],
    ],
    checks,
  };
}

/** An envelope as it stands in its chain. */
export function explainEntry({ entry, attachments, checks }: EntryParts): Explained {
  const { envelope, signatures, oid } = entry;
  const { chain, kind, seq, count, clock, actor, time, policy, prev, repo, cid } = envelope;
  const rule = ruleFor(RULES, chain);
  const indices = Array.from({ length: Math.min(count, SHOWN_RECORDS) }, (_, i) => i);
  const records = indices.map((i) => explainRecord(kind, recordBytes(envelope, i)));
  const fields: ExplainedField[] = [
    { path: 'v', value: envelope.v, does: 'version of the form' },
    { path: 'repo', value: repo === null ? null : String(repo), does: 'genesis of the repository it was signed for' },
    { path: 'chain', value: chain, does: rule?.summary ?? 'no rule knows this chain' },
    { path: 'seq', value: seq, does: 'number of its first record in the chain' },
    { path: 'prev', value: prev === null ? null : String(prev), does: 'the envelope before it' },
    { path: 'clock', value: clock, does: 'place in history: after all that its writer had seen' },
    { path: 'actor', value: actor, does: 'who speaks' },
    { path: 'time', value: formatTime(time), does: 'when, as the actor claims' },
    { path: 'policy', value: policy === null ? null : String(policy), does: 'the policy in force for its writer' },
    { path: 'kind', value: kind, does: MEANINGS.get(kind)?.does ?? 'a kind that this version does not know' },
    {
      path: 'records',
      value: count,
      does: 'how many records it holds',
    },
    ...signatures.map(({ key }, i) => ({
      path: `signatures[${i}].key`,
      value: formatKey(key),
      does: 'signed the envelope, as DSSE',
    })),
    ...attachments.map(({ path, cid: digest, size }) => ({
      path: `file ${path}`,
      value: `${digest} (${size} bytes)`,
      does: 'stands beside the envelope; its record lists it',
    })),
  ];
  return {
    what: `envelope on \`${chain}\``,
    does: 'records of one kind, by one actor, signed once',
    spec: 'docs/SPEC.md 2.3',
    id: String(cid),
    facts: [
      ['ref', `refs/gatos/${chain}`],
      ['commit', oid],
    ],
    fields,
    checks,
    inside: records,
    ...(count > SHOWN_RECORDS ? { also: [`${count - SHOWN_RECORDS} more records`] } : {}),
  };
}
