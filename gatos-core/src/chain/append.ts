/**
 * Appending: the only way to write to a chain. Envelopes are built on the head that was read, objects are written first, and
 * one compare-and-swap of the ref makes them visible. A lost race builds them anew on the new head, with jittered back-off.
 */
import type { GitBackend, Oid, RefEdit } from '../git/index.js';
import type { Signer } from '../identity/index.js';
import { type Clock, EMPTY_BYTES, invariant, LIMITS, type Random } from '../kernel/index.js';
import { buildEnvelope, type Envelope } from './envelope.js';
import type { EnvelopeHeader } from './envelope-header.js';
import { chainError } from './errors.js';
import { type Appended, type Draft, type Extension, publish, signAll } from './publish.js';
import { type ChainEntry, type ChainHead, headOfEntry, readHead } from './read.js';
import type { Rule } from './rule.js';
import type { Authorize } from './verify.js';

/** What every write needs from outside. */
export interface WriterPorts {
  readonly backend: GitBackend;
  readonly clock: Clock;
  readonly random: Random;
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
   * would refuse one: so whoever repeats what went through gets no error. `before` are the envelopes that the requests before
   * this one append in the same step (`appendTogether`).
   */
  prepare(head: ChainHead | null, before: readonly (readonly Envelope[])[]): Promise<readonly Draft[]>;
}

/**
 * Appends envelopes in one step: all of them become visible together, or none. Throws what `prepare` and `buildEnvelope` throw,
 * `chain/exists` and `chain/other-head` where the rule of the chain does not let it move from the head it has,
 * `chain/contended` after LIMITS.appendAttempts lost races, `chain/clock-exhausted`, and the faults of the git port. Then nothing
 * was recorded, with one exception: a fault between the moment the ref moved and the answer that it did. So whoever repeats
 * an append that failed looks first, in `prepare`, whether it went through.
 */
export async function append(ports: WriterPorts, request: AppendRequest): Promise<readonly Appended[]> {
  const [appended = []] = await appendTogether(ports, [request]);
  return appended;
}

export interface TogetherOptions {
  /** Refs that move in the same step, asked for at every attempt once everything is built. */
  readonly also?: (() => readonly RefEdit[] | Promise<readonly RefEdit[]>) | undefined;
}

/**
 * Appends to several chains, each named once, in one step: what all of them gain becomes visible together, or nothing does. They are
 * prepared in order, each with the envelopes of those before it, so a record may name one that is written with it. Those with
 * nothing to append are left alone. Errors as `append`; no chain has gained anything then.
 */
export async function appendTogether(
  ports: WriterPorts,
  requests: readonly AppendRequest[],
  { also }: TogetherOptions = {},
): Promise<readonly (readonly Appended[])[]> {
  for (let attempt = 1; attempt <= LIMITS.appendAttempts; attempt++) {
    const parts: Part[] = [];
    for (const request of requests) parts.push(await preparePart(ports, request, parts));
    const extended = parts.filter(({ items }) => items.length > 0);
    const edits = (await also?.()) ?? [];
    if (extended.length === 0 && edits.length === 0) return parts.map(() => []);
    const appended = await publish(ports.backend, await signParts(extended), edits);
    if (appended !== null) return parts.map((part) => appended[extended.indexOf(part)] ?? []);
    await backOff(ports, attempt);
  }
  const chains = requests.map(({ chain }) => chain).join('`, `');
  throw chainError('contended', { chain: chains, attempts: LIMITS.appendAttempts });
}

/** What one request appends at one attempt. */
interface Part {
  readonly request: AppendRequest;
  readonly parent: Oid | null;
  readonly items: readonly { readonly envelope: Envelope; readonly draft: Draft }[];
}

async function preparePart(ports: WriterPorts, request: AppendRequest, before: readonly Part[]): Promise<Part> {
  const entry = await readHead(ports.backend, request.chain);
  const head = entry === null ? null : checkedHead(entry, request);
  const drafts = await request.prepare(
    head,
    before.map(({ items }) => items.map(({ envelope }) => envelope)),
  );
  const parent = head?.oid ?? null;
  if (drafts.length === 0) return { request, parent, items: [] };
  refuseMovement(request, head, drafts.length);
  const place = { request, head, floor: await request.floor(), now: Math.floor(ports.clock.now()) };
  const envelopes = buildRun(drafts, place);
  refuseUnauthorized(request, envelopes);
  return { request, parent, items: envelopes.map((envelope, i) => ({ envelope, draft: drafts[i] as Draft })) };
}

/** Signs everything at last: a signer that asks a person, or a device, is asked once a chain. */
async function signParts(parts: readonly Part[]): Promise<Extension[]> {
  const extensions: Extension[] = [];
  for (const { request, parent, items } of parts) {
    const signatures = await signAll(
      request.signers,
      items.map(({ envelope }) => envelope),
    );
    const signed = items.map((item, i) => ({ ...item, signatures: signatures[i] ?? [] }));
    extensions.push({ chain: request.chain, parent, items: signed });
  }
  return extensions;
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

async function backOff({ clock, random }: WriterPorts, attempt: number): Promise<void> {
  const [byte = 0] = random.bytes(1);
  const ceiling = Math.min(2 ** Math.min(attempt, 7), 100);
  await clock.sleep((byte / 255) * ceiling);
}
