/** Runs the golden vectors of `conformance/vectors/chain`: envelopes, stored envelopes, commits, trust chains, journals. */
import {
  type AnyRecordKind,
  commitBytes,
  decodeEnvelope,
  decodeSigned,
  type Envelope,
  recordBody,
  recordBytes,
  recordCid,
  refOfChain,
  signedMessage,
  verifyChain,
} from '../src/chain/index.js';
import { Cid, formatHex, formatKey, type JsonValue, parseHex } from '../src/codec/index.js';
import {
  encodeCommit,
  encodeTree,
  type GitBackend,
  hashObject,
  memoryBackend,
  type ObjectFormat,
  type Oid,
} from '../src/git/index.js';
import { nobleEngine } from '../src/identity/index.js';
import { EVENT_KIND, JOURNAL_RULES, journalHeads, readOrdered } from '../src/journal/index.js';
import { invariant, isGatosError } from '../src/kernel/index.js';
import { CHANGE_KIND, GENESIS_KIND, openTrust, TRUST_CHAIN, type TrustHistory } from '../src/trust/index.js';
import { vectorRunner } from './vector-runner.js';

const KINDS: readonly AnyRecordKind[] = [GENESIS_KIND, CHANGE_KIND, EVENT_KIND];

const engine = nobleEngine();

function headerOf({ v, repo, chain, seq, prev, clock, actor, time, policy, kind }: Envelope): JsonValue {
  const text = (cid: Cid | null) => (cid === null ? null : cid.toString());
  return { v, repo: text(repo), chain, seq, prev: text(prev), clock, actor, time, policy: text(policy), kind };
}

function runEnvelope({ envelope: hex }: { envelope: string }): JsonValue {
  const envelope = decodeEnvelope(parseHex(hex));
  const records = Array.from({ length: envelope.count }, (_, i) =>
    recordCid(envelope.kind, recordBytes(envelope, i)).toString(),
  );
  const signed = formatHex(signedMessage(envelope.bytes)).length / 2;
  return { cid: envelope.cid.toString(), header: headerOf(envelope), records, signed_bytes: signed };
}

function runSigned({ signed: hex }: { signed: string }): JsonValue {
  const { envelope, signatures } = decodeSigned(parseHex(hex));
  const message = signedMessage(envelope);
  return {
    cid: Cid.hash('dag-cbor', envelope).toString(),
    signatures: signatures.map(({ key, sig }) => ({
      key: formatKey(key),
      holds: engine.verify({ key, message, signature: sig }),
    })),
  };
}

interface CommitInput {
  readonly signed: string;
  readonly parent: Oid | null;
  readonly format: ObjectFormat;
}

/** The objects around a stored envelope: what is no envelope gets a commit all the same, for a verifier to refuse. */
function objectsOf({ signed: hex, parent, format }: CommitInput) {
  const blob = parseHex(hex);
  const oid = hashObject(format, 'blob', blob);
  const tree = encodeTree([{ mode: '100644', name: 'envelope', oid }]);
  return { blob, tree, commit: commitOf(blob, { tree: hashObject(format, 'tree', tree), parent }) };
}

function commitOf(blob: Uint8Array, { tree, parent }: { tree: Oid; parent: Oid | null }): Uint8Array {
  try {
    const { envelope: bytes, signatures } = decodeSigned(blob);
    const envelope = decodeEnvelope(bytes);
    const kind = KINDS.find((known) => known.kind === envelope.kind);
    invariant(kind !== undefined, 'vectors hold known kinds');
    const description = kind.describe(recordBody(envelope, 0, kind), envelope.count);
    return commitBytes({ envelope, signatures, description, tree, parent });
  } catch (error) {
    if (!isGatosError(error)) throw error;
    const who = 'nobody <nobody@gatos> 0 +0000';
    const parents = parent === null ? [] : [parent];
    return encodeCommit({ tree, parents, author: who, committer: who, message: 'no envelope\n' });
  }
}

function runCommit(input: CommitInput): JsonValue {
  decodeEnvelope(decodeSigned(parseHex(input.signed)).envelope);
  const { tree, commit } = objectsOf(input);
  return {
    commit: formatHex(commit),
    oid: hashObject(input.format, 'commit', commit),
    tree: hashObject(input.format, 'tree', tree),
  };
}

/** Puts stored envelopes on a chain, oldest first. */
async function putChain(backend: GitBackend, chain: string, signed: readonly string[]): Promise<Oid> {
  const { format } = backend.objects;
  let parent: Oid | null = null;
  for (const one of signed) {
    const { blob, tree, commit } = objectsOf({ signed: one, parent, format });
    const oids = await backend.objects.write([
      { type: 'blob', content: blob },
      { type: 'tree', content: tree },
      { type: 'commit', content: commit },
    ]);
    parent = oids[2] ?? null;
  }
  invariant(parent !== null, 'a chain has an envelope');
  await backend.refs.transaction([{ name: refOfChain(chain), expected: null, next: parent }]);
  return parent;
}

interface TrustInput {
  /** Stored envelopes of the trust chain. */
  readonly trust: readonly string[];
  /** CID of the genesis that the clone was pinned to. */
  readonly pin?: string;
}

async function openVectorTrust(backend: GitBackend, { trust, pin }: TrustInput): Promise<TrustHistory> {
  await putChain(backend, TRUST_CHAIN, trust);
  return openTrust({ backend, engine }, { pin: pin === undefined ? undefined : Cid.parse(pin) });
}

async function runTrust(input: TrustInput): Promise<JsonValue> {
  const { repo, state, head } = await openVectorTrust(memoryBackend(), input);
  const keys = [...state.keys].map(([key, { actor, added, revoked }]) => ({
    key,
    actor,
    added,
    revoked: revoked?.from ?? null,
  }));
  const groups = [...state.groups].map(([name, members]) => ({ name, members }));
  const { profile, threshold, roots } = state;
  return { repo: repo.toString(), head: head.oid, profile, threshold, roots, keys, groups };
}

interface JournalInput extends TrustInput {
  readonly ns: string;
  readonly chains: readonly { readonly chain: string; readonly signed: readonly string[] }[];
}

async function runJournal(input: JournalInput): Promise<JsonValue> {
  const backend = memoryBackend();
  const { repo, authorize } = await openVectorTrust(backend, input);
  const [rule] = JOURNAL_RULES;
  invariant(rule !== undefined, 'journals have a rule');
  const heads: { [chain: string]: string } = {};
  for (const { chain, signed } of input.chains) {
    const head = await putChain(backend, chain, signed);
    heads[chain] = head;
    const { fault } = await verifyChain({ backend, engine, repo, authorize }, { chain, rule, head });
    if (fault !== null) throw fault;
  }
  const order: string[] = [];
  for await (const batch of readOrdered(backend, { heads: await journalHeads(backend, input.ns) }))
    for (const { envelope } of batch)
      for (let i = 0; i < envelope.count; i++)
        order.push(recordCid(envelope.kind, recordBytes(envelope, i)).toString());
  return { heads, order };
}

export const CHAIN_VECTORS = vectorRunner({
  envelope: runEnvelope,
  signed: runSigned,
  commit: runCommit,
  trust: runTrust,
  journal: runJournal,
});
