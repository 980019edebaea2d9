/**
 * Ring 7. The façade: one object over the ports, for programs that embed GATOS. It adds no rules of its own; it remembers the
 * verified trust chain and hands each plane what it needs.
 */

import type { ChunkPresence } from './blobs/index.js';
import { readEntry, refOfChain, type WriterPorts } from './chain/index.js';
import type { Cid } from './codec/index.js';
import type { FoldBundle, FoldPorts, RunResult } from './fold/index.js';
import type { GitBackend, Oid } from './git/index.js';
import type { SignatureEngine, Signer } from './identity/index.js';
import {
  type EmitRequest,
  type EmitResult,
  emit,
  type KeyIndex,
  memoryKeyIndex,
  type NewEvent,
  type ReEmitRequest,
  type ReEmitted,
  reEmit,
  UlidSource,
} from './journal/index.js';
import { type Clock, invariant, type LongCall, type Random } from './kernel/index.js';
import { type ActivePolicy, POLICY_CHAIN, type PolicyRoots } from './policy/index.js';
import { openTrust, TRUST_CHAIN, type TrustHistory, type Writer } from './trust/index.js';
import type { RepositoryVerdict, VerifyRequest } from './verify/index.js';

/** Who writes: an actor and the key that signs for it. */
export interface Author {
  readonly actor: string;
  readonly signer: Signer;
}

export interface RepositoryPorts {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  readonly clock: Clock;
  readonly random: Random;
  /** Asked for once, when something is to be signed. */
  readonly author: () => Promise<Author>;
  /** Asked for once, when something is to be folded. */
  readonly sandbox: FoldPorts['sandbox'];
  /** Default: in memory, built when it is needed. */
  readonly keys?: KeyIndex | undefined;
  /** The genesis this clone was pinned to. */
  readonly pin?: Cid | undefined;
  /** Where chunks of blobs are kept: verification looks whether they are there. Absent: it says nothing of them. */
  readonly chunks?: ChunkPresence | undefined;
}

export interface EmitOptions {
  readonly ns: string;
  readonly perEnvelope?: number | undefined;
  /** Gets every event that cannot be recorded, and the others are; absent: one such event refuses them all. */
  readonly onRefused?: EmitRequest['onRefused'];
}

export interface Repository {
  readonly backend: GitBackend;
  /** What the verbs of the planes write through. */
  readonly ports: WriterPorts;
  /** The verified trust chain; read anew when its ref has moved. Throws `trust/*`. */
  trust(): Promise<TrustHistory>;
  /**
   * The policy in force, ready to judge, or null when none was adopted; read anew when its ref has moved. Errors as `openPolicy`.
   */
  policy(): Promise<ActivePolicy | null>;
  /** `policy_root`: what everything that is written here cites. Cheap. */
  policyRoot(): Promise<Cid | null>;
  /** `policy_root` and `policy_code_root`: what proofs name. */
  policyRoots(): Promise<PolicyRoots | null>;
  /** Who writes here, under what. Throws what `author` of the ports throws, and `trust/*`. */
  writer(): Promise<Writer>;
  /** Records events. Errors as `emit` of the journal. */
  emit(events: readonly NewEvent[], options: EmitOptions): Promise<EmitResult>;
  /**
   * Builds the history in which our envelopes of a diverged journal chain stand on top of the other ones. The caller moves the ref.
   * Errors as `reEmit` of the journal.
   */
  reEmit(request: Pick<ReEmitRequest, 'ns' | 'onto' | 'ours' | 'base'>, options?: LongCall): Promise<ReEmitted>;
  /** Folds what is new and records a checkpoint. */
  fold(bundle: FoldBundle, options?: LongCall & { readonly full?: boolean | undefined }): Promise<RunResult>;
  /** The newest recorded definition of a fold. Throws `fold/no-such-fold`. */
  openFold(name: string): Promise<FoldBundle>;
  /** Verifies what the repository holds. */
  verify(request?: VerifyRequest): Promise<RepositoryVerdict>;
  close(): Promise<void>;
}

/**
 * The façade over these ports. Folding and verifying are loaded when they are first asked for: recording an event needs neither,
 * and a command line is judged by how soon it starts.
 */
export function openRepository(ports: RepositoryPorts): Repository {
  const { backend, engine, clock, random, pin, sandbox, chunks } = ports;
  const author = once(ports.author);
  const trust = trustCache(ports);
  const policyRoot = atHead(backend, POLICY_CHAIN, async (oid) => (await readEntry(backend, oid)).envelope.cid);
  const policyRoots = atHead(backend, POLICY_CHAIN, async (oid) => {
    const { policyRootsAt } = await import('./policy/index.js');
    return policyRootsAt(backend, oid);
  });
  const policy = atHead(backend, POLICY_CHAIN, async (oid) => {
    const { openPolicyAt } = await import('./policy/index.js');
    return openPolicyAt(backend, oid);
  });
  const keys = ports.keys ?? memoryKeyIndex();
  const ulids = new UlidSource({ clock, random });
  const engineOnce = once(sandbox);
  return {
    backend,
    ports: { backend, clock, random },
    trust,
    policy,
    policyRoot,
    policyRoots,
    writer: async () => ({ ...(await author()), trust: await trust(), policyRoot: await policyRoot() }),
    emit: async (events, options) => {
      const request = { ...(await author()), trust: await trust(), policy: await policyRoot(), events, ...options };
      return emit({ backend, clock, random, keys, ulids }, request);
    },
    reEmit: async (request, options) => {
      const parts = { ...(await author()), trust: await trust() };
      return reEmit(backend, { ...parts, ...request }, options);
    },
    fold: async (bundle, options = {}) => {
      const parts = { ...(await author()), trust: await trust(), policy: await policyRoot() };
      const { runAndRecord } = await import('./fold/index.js');
      return runAndRecord({ backend, clock, random, sandbox: engineOnce }, { ...options, bundle, author: parts });
    },
    openFold: async (name) => (await import('./fold/index.js')).openFold(backend, name),
    verify: async (request = {}) => {
      const { verifyRepository } = await import('./verify/index.js');
      return verifyRepository({ backend, engine, sandbox: engineOnce, chunks }, { pin, ...request });
    },
    close: () => backend.objects.close(),
  };
}

/** Keeps the result of the first call that succeeded. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** What follows from where a chain ends, made anew when its ref has moved; null while there is no such chain. */
function atHead<T>({ refs }: GitBackend, chain: string, make: (head: Oid) => Promise<T>): () => Promise<T | null> {
  let known: { readonly head: Oid; readonly made: T } | null = null;
  return async () => {
    const head = await refs.read(refOfChain(chain));
    if (head === null) return null;
    if (known?.head !== head) known = { head, made: await make(head) };
    return known.made;
  };
}

function trustCache({ backend, engine, pin }: RepositoryPorts): () => Promise<TrustHistory> {
  let known: TrustHistory | null = null;
  return async () => {
    const head = await backend.refs.read(refOfChain(TRUST_CHAIN));
    if (known === null || known.head.oid !== head) known = await openTrust({ backend, engine }, { pin });
    invariant(known !== null, 'openTrust returns a history or throws');
    return known;
  };
}
