/**
 * Appending: the only way to write to a chain. Envelopes are built on the head that was read, objects are written first, and
 * one compare-and-swap of the ref makes them visible. A lost race builds them anew on the new head, with jittered back-off.
 */
import { type GitBackend, identified, type NewObject, type Oid } from '../git/index.js';
import type { Signer } from '../identity/index.js';
import {
  type Clock,
  compareBytes,
  EMPTY_BYTES,
  invariant,
  isGatosError,
  LIMITS,
  type Random,
} from '../kernel/index.js';
import { commitBytes } from './commit.js';
import { buildEnvelope, type Envelope } from './envelope.js';
import type { EnvelopeHeader } from './envelope-header.js';
import { chainError } from './errors.js';
import type { Description } from './kind.js';
import { refOfChain } from './names.js';
import { type ChainEntry, type ChainHead, ENVELOPE_PATH, headOfEntry, readHead } from './read.js';
import type { Rule } from './rule.js';
import { type EnvelopeSignature, encodeSigned, signedMessage } from './signed.js';
import { type NewFile, type Subtree, treeObjects } from './tree-files.js';
import type { Authorize } from './verify.js';

/** What every write needs from outside. */
export interface WriterPorts {
  readonly backend: GitBackend;
  readonly clock: Clock;
  readonly random: Random;
}

/** An envelope to be: everything but its place in the chain. */
export interface Draft {
  readonly kind: string;
  /** Canonical DAG-CBOR of each record body. */
  readonly bodies: readonly Uint8Array[];
  readonly description: Description;
  /** Files that travel in the tree, listed in a body. */
  readonly files?: readonly NewFile[] | undefined;
  /** What travels in the tree and is made already. */
  readonly subtree?: Subtree | undefined;
}

export interface AppendRequest {
  readonly chain: string;
  /** The rule of the chain: how it may move. */
  readonly rule: Rule;
  /** Under `compare-and-swap`, and only there: the head on which the writer has decided; null when there was none. */
  readonly expected?: Oid | null | undefined;
  readonly repo: EnvelopeHeader['repo'];
  readonly actor: string;
  readonly policy: EnvelopeHeader['policy'];
  /** Each signs the envelope; at least one. */
  readonly signers: readonly Signer[];
  /** May these keys speak for the actor at the place the envelope will have? Asked before anything is signed. */
  readonly authorize?: Authorize | undefined;
  /** The largest clock the writer has seen outside this chain; asked anew at every attempt. */
  floor(): Promise<number>;
  /**
   * What to append after `head` (null: the chain does not exist yet). Called anew at every attempt, so whatever depends on
   * the head is decided on the head that wins. An empty list ends the append without a write, also where the rule of the chain
   * would refuse one: so whoever repeats what went through gets no error.
   */
  prepare(head: ChainHead | null): Promise<readonly Draft[]>;
}

export interface Appended {
  readonly oid: Oid;
  readonly envelope: Envelope;
}

/**
 * Appends envelopes in one step: all of them become visible together, or none. Throws what `prepare` and `buildEnvelope` throw,
 * `chain/exists` and `chain/other-head` where the rule of the chain does not let it move from the head it has,
 * `chain/contended` after LIMITS.appendAttempts lost races, `chain/clock-exhausted`, and the faults of the git port. Then nothing
 * was recorded, with one exception: a fault between the moment the ref moved and the answer that it did. So whoever repeats
 * an append that failed looks first, in `prepare`, whether it went through.
 */
export async function append(ports: WriterPorts, request: AppendRequest): Promise<readonly Appended[]> {
  for (let attempt = 1; attempt <= LIMITS.appendAttempts; attempt++) {
    const entry = await readHead(ports.backend, request.chain);
    const head = entry === null ? null : checkedHead(entry, request);
    const drafts = await request.prepare(head);
    if (drafts.length === 0) return [];
    refuseMovement(request, head, drafts.length);
    const envelopes = buildRun(drafts, {
      request,
      head,
      floor: await request.floor(),
      now: Math.floor(ports.clock.now()),
    });
    refuseUnauthorized(request, envelopes);
    const signatures = await signAll(request.signers, envelopes);
    const appended = await publish(ports.backend, {
      chain: request.chain,
      parent: head?.oid ?? null,
      items: envelopes.map((envelope, i) => ({
        envelope,
        signatures: signatures[i] as EnvelopeSignature[],
        draft: drafts[i] as Draft,
      })),
    });
    if (appended !== null) return appended;
    await backOff(ports, attempt);
  }
  throw chainError('contended', { chain: request.chain, attempts: LIMITS.appendAttempts });
}

/** Whatever is appended follows a head that belongs here; whether that one is valid is for verification to say. */
function checkedHead(entry: ChainEntry, { chain, repo }: AppendRequest): ChainHead {
  const { oid: commit, envelope } = entry;
  if (envelope.chain !== chain) throw chainError('other-chain', { chain, commit, found: envelope.chain });
  if (repo !== null && envelope.repo?.equals(repo) !== true) {
    const found = String(envelope.repo ?? envelope.cid);
    throw chainError('other-repository', { chain, commit, found, want: String(repo) });
  }
  return headOfEntry(entry);
}

/** May the chain move from this head by so many envelopes? */
function refuseMovement({ chain, rule, expected }: AppendRequest, head: ChainHead | null, envelopes: number): void {
  const { movement } = rule;
  invariant(movement !== 'local', 'a local ref holds no envelopes');
  invariant(
    (expected !== undefined) === (movement === 'compare-and-swap'),
    'compare-and-swap names a head to start from',
  );
  if (movement === 'create-once') {
    invariant(envelopes === 1, 'a chain that is written once holds one envelope');
    if (head !== null) throw chainError('exists', { chain, found: String(head.cid) });
  }
  const found = head?.oid ?? null;
  if (expected !== undefined && found !== expected) throw chainError('other-head', { chain, want: expected, found });
}

/** What would not verify is not written. Throws the refusal. */
function refuseUnauthorized({ authorize, signers, rule }: AppendRequest, envelopes: readonly Envelope[]): void {
  const signatures = signers.map(({ key }) => ({ key, sig: EMPTY_BYTES }));
  for (const envelope of envelopes) {
    const refusal = authorize?.(envelope, signatures, rule) ?? null;
    if (refusal !== null) throw refusal;
  }
}

interface Place {
  readonly request: AppendRequest;
  readonly head: ChainHead | null;
  readonly floor: number;
  readonly now: number;
}

function buildRun(drafts: readonly Draft[], { request, head, floor, now }: Place): Envelope[] {
  const { chain, repo, actor, policy } = request;
  let prev = head?.cid ?? null;
  let seq = head?.next ?? 0;
  let clock = Math.max(floor, head?.clock ?? 0);
  // Time is informative; within a chain it never runs backwards, whatever the machine's clock does.
  const time = Math.max(now, head?.time ?? 0, 0);
  if (clock + drafts.length > Number.MAX_SAFE_INTEGER) throw chainError('clock-exhausted', { chain, clock });
  return drafts.map(({ kind, bodies }) => {
    clock += 1;
    const envelope = buildEnvelope({ v: 1, repo, chain, seq, prev, clock, actor, time, policy, kind }, bodies);
    prev = envelope.cid;
    seq += envelope.count;
    return envelope;
  });
}

/** Signatures for each envelope, in stored (key) order. There is at least one signer, and no two with one key. */
export async function signAll(
  signers: readonly Signer[],
  envelopes: readonly Envelope[],
): Promise<EnvelopeSignature[][]> {
  const keys = new Set(signers.map(({ key }) => String(key)));
  invariant(keys.size === signers.length && keys.size > 0, 'an envelope is signed, and by each key once');
  const messages = envelopes.map((envelope) => signedMessage(envelope.bytes));
  const out: EnvelopeSignature[][] = envelopes.map(() => []);
  for (const signer of signers) {
    const sigs = await signMany(signer, messages);
    sigs.forEach((sig, i) => {
      out[i]?.push({ key: signer.key, sig });
    });
  }
  for (const signatures of out) signatures.sort((a, b) => compareBytes(a.key, b.key));
  return out;
}

async function signMany(signer: Signer, messages: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  if (signer.signMany !== undefined) return signer.signMany(messages);
  const out: Uint8Array[] = [];
  for (const message of messages) out.push(await signer.sign(message));
  return out;
}

export interface SignedDraft {
  readonly envelope: Envelope;
  readonly signatures: readonly EnvelopeSignature[];
  readonly draft: Draft;
}

/**
 * Writes signed envelopes on `parent` and moves the ref by compare-and-swap. Null when another writer was first: then
 * nothing became visible.
 */
export async function publish(
  backend: GitBackend,
  { chain, parent, items }: { chain: string; parent: Oid | null; items: readonly SignedDraft[] },
): Promise<readonly Appended[] | null> {
  const appended = await store(backend, { parent, items });
  try {
    const next = appended.at(-1)?.oid ?? parent;
    await backend.refs.transaction([{ name: refOfChain(chain), expected: parent, next }]);
    return appended;
  } catch (error) {
    if (isGatosError(error, 'git/ref-moved')) return null;
    throw error;
  }
}

/** Writes signed envelopes on `parent`. They are durable when this resolves; what makes them visible is a ref. */
export async function store(
  backend: GitBackend,
  { parent, items }: { parent: Oid | null; items: readonly SignedDraft[] },
): Promise<readonly Appended[]> {
  const objects: NewObject[] = [];
  const appended: Appended[] = [];
  const { format } = backend.objects;
  let tip = parent;
  for (const { envelope, signatures, draft } of items) {
    const file = { path: ENVELOPE_PATH, bytes: encodeSigned({ envelope: envelope.bytes, signatures }) };
    const tree = treeObjects([file, ...(draft.files ?? [])], { format, subtree: draft.subtree });
    const content = commitBytes({ envelope, signatures, description: draft.description, tree: tree.root, parent: tip });
    const commit = identified(format, { type: 'commit', content });
    objects.push(...tree.objects, commit);
    tip = commit.oid;
    appended.push({ oid: tip, envelope });
  }
  await backend.objects.write(objects);
  return appended;
}

async function backOff({ clock, random }: WriterPorts, attempt: number): Promise<void> {
  const [byte = 0] = random.bytes(1);
  const ceiling = Math.min(2 ** Math.min(attempt, 7), 100);
  await clock.sleep((byte / 255) * ceiling);
}
