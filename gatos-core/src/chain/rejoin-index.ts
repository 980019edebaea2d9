/**
 * An index that two clones have extended without knowing of each other has two histories. Where no key was changed on both sides, those of
 * our records that the other history lacks are signed again on top of it: records stay as they are, and so do their CIDs; the envelopes
 * around them are new. A record of somebody else is theirs to sign.
 */
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { LongCall } from '../kernel/index.js';
import type { AppendRequest } from './append.js';
import { buildEnvelope, type Envelope } from './envelope.js';
import { chainError } from './errors.js';
import {
  draftIndexed,
  type IndexedGroup,
  type IndexedKind,
  type IndexedRecord,
  indexedBody,
  viewIndex,
} from './index-chain.js';
import { INDEX_FOLDER } from './index-tree.js';
import type { AnyRecordKind } from './kind.js';
import { type Draft, type SignedDraft, signAll, store } from './publish.js';
import { type ChainEntry, ENVELOPE_PATH, headOfEntry, readChain, readEntry } from './read.js';
import { bodyOfRecord, recordBody, recordBytes, recordCid } from './record.js';
import { listFiles, type StoredFile } from './tree-files.js';

export interface RejoinIndexRequest
  extends Pick<AppendRequest, 'chain' | 'rule' | 'repo' | 'actor' | 'signers' | 'authorize' | 'floor'> {
  /** The other history: verified, and to be built on. */
  readonly onto: Oid;
  /** Our head. */
  readonly ours: Oid;
  /** The last commit that both have; null: they share nothing. */
  readonly base: Oid | null;
}

export interface RejoinedIndex {
  /** What the chain's ref is to point at, instead of `ours`: nothing is visible before. */
  readonly tip: Oid;
  /** Records that were signed again. */
  readonly records: number;
  /** Records that the other history has already. */
  readonly dropped: number;
}

/** Keys that are told when both sides changed them. */
const SHOWN_KEYS = 20;

/**
 * Builds the joined history. Throws `chain/rejoin-conflict` when both sides changed a key, `chain/rejoin-foreign` when what is only here was
 * signed by another actor, `chain/clock-exhausted`, what `authorize` refuses, and as `readChain`; then nothing has changed.
 */
export async function rejoinIndex(
  backend: GitBackend,
  request: RejoinIndexRequest,
  options?: LongCall,
): Promise<RejoinedIndex> {
  const theirs = new Set<string>();
  for await (const entry of stretch(backend, { head: request.onto, after: request.base }, options))
    for (const { cid } of recordsOf(entry)) theirs.add(String(cid));
  const plan = new Plan(backend, request, theirs);
  for await (const entry of stretch(backend, { head: request.ours, after: request.base }, options))
    await plan.add(entry);
  return plan.build();
}

/** Keys that a stretch of an index has changed, in the order in which it did. Throws as `readChain`. */
export async function changedKeys(
  backend: GitBackend,
  { rule, head, after }: Pick<RejoinIndexRequest, 'rule'> & { readonly head: Oid; readonly after: Oid | null },
  options?: LongCall,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const entry of stretch(backend, { head, after }, options)) {
    const { envelope } = entry;
    const kind = rule.kinds.find((each) => each.kind === envelope.kind);
    for (const { index } of recordsOf(entry))
      if (kind?.indexKey !== undefined) keys.add(kind.indexKey(recordBody(envelope, index, kind)));
  }
  return keys;
}

async function* stretch(
  backend: GitBackend,
  { head, after }: { readonly head: Oid; readonly after: Oid | null },
  options?: LongCall,
): AsyncGenerator<ChainEntry, void, undefined> {
  if (head === after) return;
  for await (const batch of readChain(backend, { head, after: after ?? undefined }, options)) yield* batch;
}

function* recordsOf({ envelope }: ChainEntry): Generator<{ readonly cid: Cid; readonly index: number }> {
  for (let index = 0; index < envelope.count; index++)
    yield { cid: recordCid(envelope.kind, recordBytes(envelope, index)), index };
}

/** An envelope of ours, with those of its records that are to be signed again. */
interface Kept {
  readonly envelope: Envelope;
  readonly group: IndexedGroup<unknown>;
}

class Plan {
  readonly #kept: Kept[] = [];
  /** What stands under a key in our history, as far as it was looked at. */
  readonly #now = new Map<string, Cid | null>();
  /** What will stand there in the joined one. */
  readonly #joined = new Map<string, Cid | null>();
  readonly #conflicts = new Set<string>();
  #dropped = 0;

  constructor(
    private readonly backend: GitBackend,
    private readonly request: RejoinIndexRequest,
    private readonly theirs: ReadonlySet<string>,
  ) {}

  async add(entry: ChainEntry): Promise<void> {
    const { envelope } = entry;
    const kind = this.#kindOf(envelope);
    const fresh: IndexedRecord<unknown>[] = [];
    for (const { cid, index } of recordsOf(entry)) {
      const body = recordBody(envelope, index, kind);
      const key = kind.indexKey(body);
      const before = await this.#standing(this.#now, key, this.request.base);
      this.#now.set(key, cid);
      if (this.theirs.has(String(cid))) {
        this.#dropped += 1;
        continue;
      }
      const there = await this.#standing(this.#joined, key, this.request.onto);
      if (there !== null && (await this.#saysTheSame(there, { kind, key, body }))) {
        this.#dropped += 1;
        continue;
      }
      if (String(there) !== String(before)) this.#conflicts.add(key);
      this.#joined.set(key, cid);
      fresh.push({ body, expected: before, files: await this.#files(entry, kind, body) });
    }
    if (fresh.length === 0) return;
    const { chain, actor } = this.request;
    if (envelope.actor !== actor) throw chainError('rejoin-foreign', { chain, actor: envelope.actor, self: actor });
    this.#kept.push({ envelope, group: { kind, records: fresh } });
  }

  async #standing(known: Map<string, Cid | null>, key: string, head: Oid | null): Promise<Cid | null> {
    const said = known.get(key);
    if (said !== undefined) return said;
    const found = await viewIndex(this.backend, this.request.chain, head).find(key);
    const cid = found?.cid ?? null;
    known.set(key, cid);
    return cid;
  }

  /** Has the other history, at its end, a record that says the same under this key? */
  async #saysTheSame(
    there: Cid,
    { kind, key, body }: { readonly kind: IndexedKind<unknown>; readonly key: string; readonly body: unknown },
  ): Promise<boolean> {
    if (kind.indexSame === undefined) return false;
    const { chain, onto } = this.request;
    const found = await viewIndex(this.backend, chain, onto).find(key);
    if (found === null || !found.cid.equals(there) || bodyOfRecord(kind.kind, found.record) === null) return false;
    return kind.indexSame(indexedBody(found, kind), body);
  }

  #kindOf({ kind, chain }: Envelope): IndexedKind<unknown> {
    const found = this.request.rule.kinds.find((each) => each.kind === kind);
    if (found?.indexKey === undefined)
      throw chainError('unknown-kind', {
        chain,
        commit: this.request.ours,
        kind,
        want: this.request.rule.kinds.map((each) => each.kind),
      });
    return found as IndexedKind<unknown>;
  }

  /** The files that a record lists, as they are stored. */
  async #files(entry: ChainEntry, kind: AnyRecordKind, body: unknown): Promise<Draft['files']> {
    const listed = kind.attachments?.(body) ?? [];
    if (listed.length === 0) return [];
    const tree = entry.tree.filter(({ name }) => name !== INDEX_FOLDER && name !== ENVELOPE_PATH);
    const files: StoredFile[] = [];
    for (const [path, oid] of await listFiles(this.backend, tree))
      if (listed.some((each) => each.path === path || (each.path.endsWith('/') && path.startsWith(each.path))))
        files.push({ path, oid });
    return files;
  }

  async build(): Promise<RejoinedIndex> {
    const { chain, onto, signers } = this.request;
    const keys = [...this.#conflicts];
    if (keys.length > 0)
      throw chainError('rejoin-conflict', { chain, keys: keys.slice(0, SHOWN_KEYS), count: keys.length });
    const groups = this.#kept.map(({ group }) => group);
    const { drafts } = await draftIndexed(this.backend, { chain, head: { oid: onto } }, groups);
    const envelopes = await this.#envelopes(drafts);
    if (envelopes.length === 0) return { tip: onto, records: 0, dropped: this.#dropped };
    const signatures = await signAll(signers, envelopes);
    const items = envelopes.map((envelope, i): SignedDraft => {
      return { envelope, signatures: signatures[i] ?? [], draft: drafts[i] as Draft };
    });
    const stored = await store(this.backend, { parent: onto, items });
    const records = envelopes.reduce((sum, { count }) => sum + count, 0);
    return { tip: stored.at(-1)?.oid ?? onto, records, dropped: this.#dropped };
  }

  async #envelopes(drafts: readonly Draft[]): Promise<readonly Envelope[]> {
    const { chain, repo, actor, signers, authorize, rule } = this.request;
    let head = headOfEntry(await readEntry(this.backend, this.request.onto));
    const floor = await this.request.floor();
    return drafts.map(({ kind, bodies }, i) => {
      // Each group has something new, so drafts and envelopes go together.
      const { policy, time: then } = (this.#kept[i] as Kept).envelope;
      const seen = Math.max(floor, head.clock);
      if (seen >= Number.MAX_SAFE_INTEGER) throw chainError('clock-exhausted', { chain, clock: seen });
      const time = Math.max(then, head.time);
      const header = { v: 1, repo, chain, seq: head.next, prev: head.cid, clock: seen + 1, actor, time, policy, kind };
      const envelope = buildEnvelope(header as Parameters<typeof buildEnvelope>[0], bodies);
      const refusal = authorize?.(
        envelope,
        signers.map(({ key }) => ({ key, sig: new Uint8Array(64) })),
        rule,
      );
      if (refusal != null) throw refusal;
      head = { oid: '', cid: envelope.cid, next: head.next + envelope.count, clock: seen + 1, time };
      return envelope;
    });
  }
}
