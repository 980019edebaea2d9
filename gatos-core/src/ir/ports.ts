/** What the executor asks of the world. Everything that is not a function of the bundle goes through here, and leaves a receipt. */
import type { SignatureEngine } from '../identity/index.js';
import type { Abort, Clock } from '../kernel/index.js';
import type { AgentId, BlobRef, ChunkProof, Receipt, ScopeKind } from '../mythos/index.js';
import type { BlobMeta } from './blob-ops.js';

/** A capability that REQUIRE_CAP asked for, and that holds for the executing agent at this moment. */
export interface HeldCapability {
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** Kind of its scope. */
  readonly kind: ScopeKind;
}

/** What every effect is given. */
export interface EffectContext {
  /** Those that were required before this operation, in that order; at least one is of the kind that the effect needs. */
  readonly held: readonly HeldCapability[];
  /** Same for every run of the same task: 32 bytes. */
  readonly idempotencyKey: Uint8Array;
  /** µs since the epoch after which the answer is worth nothing: whatever a port throws later is told as the deadline. */
  readonly deadline?: number | undefined;
  readonly signal?: Abort | undefined;
}

export interface EffectCall extends EffectContext {
  readonly toolId: Uint8Array;
  /** MYTHOS-CAN of the JSON data model with integers: the body of the ToolRequest. */
  readonly body: Uint8Array;
}

export interface EffectAnswer {
  /** Exact bytes of the ToolResponse. */
  readonly response: Uint8Array;
  readonly receipt: Receipt;
  /** Was the tool not invoked, because the ledger knew the answer? */
  readonly deduplicated: boolean;
}

export interface BlobPutCall extends EffectContext {
  readonly bytes: Uint8Array;
  readonly meta: BlobMeta;
}

export interface BlobPutAnswer {
  readonly ref: BlobRef;
  readonly receipt: Receipt;
}

export interface BlobChunkCall extends EffectContext {
  readonly ref: BlobRef;
  readonly index: number;
}

export interface BlobChunkAnswer {
  /** As stored. */
  readonly bytes: Uint8Array;
  /** That they stand there under `ref.cid`; absent for a blob without chunks, whose cid is the digest of its bytes. */
  readonly proof?: ChunkProof | undefined;
  readonly receipt: Receipt;
}

/**
 * The executor checks what it can check by itself: receipts against requests and responses, chunks against their proofs, the kind of
 * the capability. Whether a capability covers what is asked, and its counters, is for the port that acts: it throws a `denied` fault.
 */
export interface IrPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly engine: SignatureEngine;
  /** Who executes. */
  readonly agent: AgentId;
  readonly capabilities: {
    /** Throws when there is no such capability, or it does not hold for the agent now. */
    require(id: Uint8Array): Promise<HeldCapability>;
  };
  readonly effects: { call(call: EffectCall): Promise<EffectAnswer> };
  readonly blobs: {
    put(call: BlobPutCall): Promise<BlobPutAnswer>;
    chunk(call: BlobChunkCall): Promise<BlobChunkAnswer>;
  };
}
