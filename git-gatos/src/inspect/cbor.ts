/** DAG-CBOR by itself: envelopes, records, proofs, compiled policies; anything else by its values. */
import {
  type Check,
  decode,
  decodeDecision,
  decodeEnvelope,
  decodeProgram,
  decodeSigned,
  ENVELOPE_TYPE,
  type Envelope,
  type EnvelopeSignature,
  failed,
  formatKey,
  formatTime,
  GatosError,
  identityError,
  LIMITS,
  nobleEngine,
  pae,
  passed,
  recordBytes,
  type Value,
  verifyBlobProof,
  verifyProofFile,
} from 'gatos-core';
import type { Explained, ExplainedField } from './explained.js';
import { explainRecord, isKnownKind } from './record.js';
import { lastName, leavesOf, shown } from './values.js';

type Entries = Readonly<Record<string, Value>>;

const MOST = LIMITS.blobBytes;

/** Throws as `decode` for what is no DAG-CBOR. */
export async function explainCbor(bytes: Uint8Array): Promise<Explained> {
  const value = decode(bytes, { maxBytes: MOST });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return plain(value);
  const map = value as Entries;
  return (
    signed(bytes) ??
    envelopeAlone(bytes) ??
    recordAlone(map, bytes) ??
    (await proof(map, bytes)) ??
    compiled(map, bytes) ??
    plain(map)
  );
}

/** What a call gives, or null where it is refused. */
function attempt<T>(body: () => T): { readonly got: T } | null {
  try {
    return { got: body() };
  } catch (error) {
    if (error instanceof GatosError) return null;
    throw error;
  }
}

function signed(bytes: Uint8Array): Explained | null {
  const read = attempt(() => {
    const { envelope, signatures } = decodeSigned(bytes);
    return { envelope: decodeEnvelope(envelope), signatures };
  });
  return read === null ? null : explainEnvelope(read.got.envelope, read.got.signatures);
}

function envelopeAlone(bytes: Uint8Array): Explained | null {
  const read = attempt(() => decodeEnvelope(bytes));
  return read === null ? null : explainEnvelope(read.got, []);
}

/** An envelope that stands in no chain: its bytes, its signatures and its records. */
export function explainEnvelope(envelope: Envelope, signatures: readonly EnvelopeSignature[]): Explained {
  const { v, repo, chain, seq, prev, clock, actor, time, policy, kind, count, cid } = envelope;
  const fields: ExplainedField[] = [
    { path: 'v', value: v, does: 'version of the form' },
    { path: 'repo', value: repo === null ? null : String(repo), does: 'genesis of the repository it was signed for' },
    { path: 'chain', value: chain, does: 'where it stands' },
    { path: 'seq', value: seq, does: 'number of its first record in the chain' },
    { path: 'prev', value: prev === null ? null : String(prev), does: 'the envelope before it' },
    { path: 'clock', value: clock, does: 'place in history' },
    { path: 'actor', value: actor, does: 'who speaks' },
    { path: 'time', value: formatTime(time), does: 'when, as the actor claims' },
    { path: 'policy', value: policy === null ? null : String(policy), does: 'the policy in force for its writer' },
    { path: 'kind', value: kind, does: 'of which its records are' },
    { path: 'records', value: count, does: 'how many records it holds' },
    ...signatures.map(({ key }, i) => ({ path: `signatures[${i}].key`, value: formatKey(key), does: 'signed it' })),
  ];
  const engine = nobleEngine();
  const message = pae(ENVELOPE_TYPE, envelope.bytes);
  const checks: Check[] = signatures.map(({ key, sig }) => {
    const name = formatKey(key);
    if (engine.verify({ key, message, signature: sig })) return passed('signature', name, 'it fits the envelope');
    return failed('signature', name, identityError('dsse', { why: 'the signature does not fit the envelope' }));
  });
  return {
    what: signatures.length === 0 ? 'envelope' : 'signed envelope',
    does: 'records of one kind, by one actor, signed once',
    spec: 'docs/SPEC.md 2.3',
    id: String(cid),
    fields,
    checks: [passed('bytes', String(cid), 'canonical DAG-CBOR'), ...checks],
    inside: Array.from({ length: Math.min(count, 20) }, (_, i) => explainRecord(kind, recordBytes(envelope, i))),
  };
}

/** `{ kind, body }`, as it stands in an index. */
function recordAlone(map: Entries, bytes: Uint8Array): Explained | null {
  const { kind, body } = map;
  if (typeof kind !== 'string' || body === undefined || Object.keys(map).length !== 2 || !isKnownKind(kind))
    return null;
  // After the head of the map and the key `body`, and before the key `kind` and its text.
  const head = 6;
  const tail = 5 + (kind.length < 24 ? 1 : 2) + kind.length;
  return explainRecord(kind, bytes.subarray(head, bytes.length - tail));
}

const PROOFS: Readonly<Record<string, string>> = {
  'state-key': 'a proof that a state holds a value under a key',
  'state-event': 'a proof that an event is in a state',
  'bus-message': 'a proof that a message stood in a segment',
  'blob-chunk': 'a proof that a chunk is number so-and-so of a blob',
};

async function proof(map: Entries, bytes: Uint8Array): Promise<Explained | null> {
  const { type } = map;
  const does = typeof type === 'string' ? PROOFS[type] : undefined;
  if (does === undefined || typeof type !== 'string') return null;
  const { fields } = plain(map);
  const spec =
    type === 'blob-chunk' ? 'docs/SPEC.md 4.4' : type === 'bus-message' ? 'docs/SPEC.md 3.7' : 'docs/SPEC.md 2.5';
  return { what: `${type} proof`, does, spec, fields, checks: await proofChecks(type, bytes) };
}

/** Proofs of messages are held against a repository: `git gatos verify --proof`. */
async function proofChecks(type: string, bytes: Uint8Array): Promise<readonly Check[]> {
  try {
    if (type === 'blob-chunk') return (await verifyBlobProof(bytes)).report.checks;
    if (type.startsWith('state-')) return (await verifyProofFile(nobleEngine(), bytes)).report.checks;
  } catch (error) {
    if (error instanceof GatosError) return [failed('proof', type, error)];
    throw error;
  }
  return [];
}

function compiled(map: Entries, bytes: Uint8Array): Explained | null {
  if (attempt(() => decodeProgram(bytes)) !== null)
    return { ...plain(map), what: 'compiled policy', does: 'a policy as it is evaluated', spec: 'docs/SPEC.md 2.6' };
  if (attempt(() => decodeDecision(bytes)) !== null)
    return { ...plain(map), what: 'decision', does: 'what a policy said of a document', spec: 'docs/SPEC.md 2.6' };
  return null;
}

const SHOWN_LEAVES = 200;

function plain(value: Value): Explained {
  const fields: ExplainedField[] = [];
  let left = 0;
  for (const leaf of leavesOf(value, () => true)) {
    if (fields.length >= SHOWN_LEAVES) left += 1;
    else fields.push({ path: leaf.path, value: shown(leaf.value, lastName(leaf.path)), does: '' });
  }
  if (left > 0) fields.push({ path: '…', value: `${left} more`, does: 'not shown' });
  return { what: 'DAG-CBOR', does: 'a value in the encoding of records', spec: 'docs/SPEC.md 2.1', fields, checks: [] };
}
