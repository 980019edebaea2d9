/**
 * Is a chain valid? Each rule of design 2.3 is one named check. Verification streams: cost and memory follow the range that
 * is verified, and a range that extends one already verified starts from that head.
 */

import { formatKey } from '../codec/index.js';
import type { GitBackend, GitObject, Oid } from '../git/index.js';
import type { SignatureEngine, SignedBytes } from '../identity/index.js';
import { type Check, failed, GatosError, isGatosError, type LongCall, passed } from '../kernel/index.js';
import { checkMovement, checkPlace, checkRecords, checkSequence } from './checks.js';
import { commitFault } from './commit.js';
import type { Envelope } from './envelope.js';
import { chainError } from './errors.js';
import { type AnyRecordKind, descriptionOf } from './kind.js';
import { type ChainEntry, type ChainHead, headOfEntry, readCommits, readEntries } from './read.js';
import type { Rule } from './rule.js';
import { type EnvelopeSignature, signedMessage } from './signed.js';
import { TreeChecker } from './tree-checker.js';

/**
 * Decides whether keys may speak for the actor of this envelope at its place in history, on a chain under this rule; null when
 * they may. There is at least one signature, and each fits the envelope.
 */
export type Authorize = (
  envelope: Envelope,
  signatures: readonly EnvelopeSignature[],
  rule: Pick<Rule, 'signed'>,
) => GatosError | null;

export interface ChainContext {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** CID of the genesis envelope. */
  readonly repo: Envelope['repo'];
  readonly authorize: Authorize;
}

export interface ChainSpan {
  readonly chain: string;
  readonly rule: Rule;
  /** The commit to verify up to. */
  readonly head: Oid;
  /** A head that was verified before; absent: verify from the root. */
  readonly from?: ChainHead | undefined;
}

export interface ChainVerdict {
  readonly checks: readonly Check[];
  /** What refused, when a check did not pass. */
  readonly fault: GatosError | null;
  /** The last entry found valid. */
  readonly head: ChainHead | null;
  readonly envelopes: number;
  readonly records: number;
  /** Bytes of signed envelopes looked at. */
  readonly bytes: number;
}

export interface VerifyOptions extends LongCall {
  /** Sees every valid entry in order, for checks that a plane builds on its records. A GatosError it throws fails the chain. */
  readonly onEntry?: (entry: ChainEntry) => void | Promise<void>;
}

const STAGES = [
  'history',
  'envelope',
  'movement',
  'sequence',
  'commit',
  'records',
  'attachments',
  'signature',
  'signer',
] as const;
type Stage = (typeof STAGES)[number];

const WHAT_HOLDS: Record<Stage, string> = {
  history: 'one line of commits without merges or gaps',
  envelope: 'canonical bytes, made for this chain and this repository',
  movement: 'the chain moved no further than its rule lets it',
  sequence: 'record numbers, links and clocks follow one another',
  commit: 'commits are exactly what their envelopes make',
  records: 'records are of a kind and shape that belongs here',
  attachments: 'files beside an envelope are those that its records list',
  signature: 'Ed25519 signatures fit the envelope bytes',
  signer: 'keys belonged to their actors at that place in history',
};

/** Carries which stage refused through the stack. */
class StageFault {
  constructor(
    readonly stage: Stage,
    readonly error: GatosError,
  ) {}
}

/** The fault of a stage; anything but a GatosError is a bug and goes on up. */
function faultOf(stage: Stage, error: unknown): StageFault {
  if (error instanceof GatosError) return new StageFault(stage, error);
  throw error;
}

async function* labelled<T>(stage: Stage, source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw faultOf(stage, error);
  }
}

/** Raw commits of a span. One that does not extend the head that was verified before is a rewritten chain. */
async function* commitsOf(
  backend: GitBackend,
  { chain, head, from }: ChainSpan,
  options: LongCall,
): AsyncGenerator<readonly GitObject[], void, undefined> {
  try {
    yield* readCommits(backend, { head, after: from?.oid }, options);
  } catch (error) {
    if (from === undefined || !isGatosError(error, 'git/not-linear') || !(await isLine(backend, head))) throw error;
    throw chainError('rewritten', { chain, had: from.oid, has: head });
  }
}

/** Is the history of a commit one line, wherever it starts? */
async function isLine(backend: GitBackend, head: Oid): Promise<boolean> {
  try {
    for await (const commit of backend.objects.history({ head })) void commit;
    return true;
  } catch (error) {
    if (error instanceof GatosError) return false;
    throw error;
  }
}

/** Verifies a span of a chain. Faults of the chain become failed checks; only bugs and an aborted signal are thrown. */
export async function verifyChain(
  context: ChainContext,
  span: ChainSpan,
  options: VerifyOptions = {},
): Promise<ChainVerdict> {
  const run = new ChainRun(context, span, options);
  let fault: StageFault | null = null;
  try {
    await run.all();
  } catch (error) {
    if (!(error instanceof StageFault)) throw error;
    fault = error;
  }
  return {
    checks: checksOf(span.chain, run, fault),
    fault: fault?.error ?? null,
    head: run.verified,
    envelopes: run.envelopes,
    records: run.records,
    bytes: run.bytes,
  };
}

function checksOf(chain: string, run: ChainRun, fault: StageFault | null): Check[] {
  const counts = { envelopes: run.envelopes, records: run.records };
  if (fault === null) return STAGES.map((stage) => passed(stage, chain, WHAT_HOLDS[stage], counts));
  const bad = failed(fault.stage, chain, fault.error);
  return [{ ...bad, evidence: { ...bad.evidence, verified_records: run.verified?.next ?? 0 } }];
}

/** Entries of a batch up to the first fault. */
interface Structured {
  readonly good: ChainEntry[];
  /** Those of the good entries, in order. */
  readonly signatures: SignedBytes[];
  fault: StageFault | null;
}

class ChainRun {
  verified: ChainHead | null;
  envelopes = 0;
  records = 0;
  bytes = 0;
  /** The entry before the one that is looked at; runs ahead of `verified` by the signatures still under way. */
  #previous: ChainHead | null;
  readonly #trees: TreeChecker;

  constructor(
    private readonly context: ChainContext,
    private readonly span: ChainSpan,
    private readonly options: VerifyOptions,
  ) {
    this.verified = span.from ?? null;
    this.#previous = this.verified;
    this.#trees = new TreeChecker(context.backend, span);
  }

  async all(): Promise<void> {
    const { backend } = this.context;
    const { head, from } = this.span;
    if (from?.oid === head) return;
    let pending: Promise<void> = Promise.resolve();
    try {
      for await (const commits of labelled('history', commitsOf(backend, this.span, this.options))) {
        for await (const batch of labelled('envelope', readEntries(backend, commits))) {
          const { good, signatures, fault } = await this.#structures(batch);
          await pending;
          pending = this.#authenticate(good, signatures);
          pending.catch(() => undefined);
          if (fault !== null) throw fault;
          this.options.signal?.throwIfAborted();
        }
      }
    } catch (error) {
      // What is under way came earlier in the chain: its fault outranks this one, and `verified` counts it when it is good.
      await pending;
      throw error;
    }
    await pending;
  }

  async #structures(batch: readonly ChainEntry[]): Promise<Structured> {
    const found: Structured = { good: [], signatures: [], fault: null };
    for (const entry of batch) {
      const kind = this.#structure(entry);
      if (kind instanceof StageFault) found.fault = kind;
      else if (!this.#trees.isTrivial(entry, kind)) found.fault = await this.#tree(entry, kind);
      if (found.fault !== null) return found;
      const message = signedMessage(entry.envelope.bytes);
      for (const { key, sig } of entry.signatures) found.signatures.push({ key, message, signature: sig });
      found.good.push(entry);
      this.#previous = headOfEntry(entry);
    }
    return found;
  }

  /** What the entry alone and its predecessor show. Returns the kind of its records. */
  #structure(entry: ChainEntry): AnyRecordKind | StageFault {
    const { rule } = this.span;
    const { envelope } = entry;
    const at = this.#at(entry);
    let stage: Stage = 'envelope';
    try {
      checkPlace(envelope, { at, repo: this.context.repo, rule });
      stage = 'movement';
      checkMovement({ at, rule }, this.#previous);
      stage = 'sequence';
      checkSequence(envelope, { at, previous: this.#previous });
      stage = 'records';
      const kind = checkRecords(envelope, { at, rule });
      stage = 'signature';
      if (entry.signatures.length === 0) throw chainError('unsigned', at);
      stage = 'commit';
      this.#checkCommit(entry, kind);
      return kind;
    } catch (error) {
      return faultOf(stage, error);
    }
  }

  #checkCommit(entry: ChainEntry, kind: AnyRecordKind): void {
    const { envelope, signatures, treeOid: tree } = entry;
    const description = descriptionOf(envelope, kind);
    const parent = this.#previous?.oid ?? null;
    const what = commitFault(entry.raw, { envelope, signatures, description, tree, parent });
    if (what !== null) throw chainError('other-commit', { ...this.#at(entry), what });
  }

  async #tree(entry: ChainEntry, kind: AnyRecordKind): Promise<StageFault | null> {
    try {
      await this.#trees.check(entry, kind);
      return null;
    } catch (error) {
      return faultOf('attachments', error);
    }
  }

  async #authenticate(batch: readonly ChainEntry[], signatures: readonly SignedBytes[]): Promise<void> {
    const verdicts = await this.context.engine.verifyMany(signatures);
    let i = 0;
    for (const entry of batch) {
      for (const { key } of entry.signatures) {
        if (verdicts[i++] === true) continue;
        throw new StageFault('signature', chainError('bad-signature', { ...this.#at(entry), key: formatKey(key) }));
      }
      const refusal = this.context.authorize(entry.envelope, entry.signatures, this.span.rule);
      if (refusal !== null) throw new StageFault('signer', refusal);
      const seen = this.#show(entry);
      if (seen !== undefined) await seen;
      this.#accept(entry);
    }
  }

  /** Shows an entry to whoever builds on it. */
  #show(entry: ChainEntry): Promise<void> | undefined {
    const refuse = (error: unknown): never => {
      throw faultOf('records', error);
    };
    try {
      const seen = this.options.onEntry?.(entry);
      return seen instanceof Promise ? seen.catch(refuse) : undefined;
    } catch (error) {
      return refuse(error);
    }
  }

  #accept(entry: ChainEntry): void {
    this.verified = headOfEntry(entry);
    this.envelopes += 1;
    this.records += entry.envelope.count;
    this.bytes += entry.envelope.bytes.length;
    if (this.envelopes % 64 === 0 || entry.envelope.count > 64) {
      this.options.progress?.({ task: `verify ${this.span.chain}`, done: this.records, unit: 'records' });
    }
  }

  #at({ oid }: ChainEntry): { readonly chain: string; readonly commit: string } {
    return { chain: this.span.chain, commit: oid };
  }
}
