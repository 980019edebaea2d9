/** What a sync is asked for and what it answers. */
import type { Cid, GatosError, LongCall, Oid } from 'gatos-core';
import type { Environment } from '../git-run.js';

export interface SyncRequest extends LongCall {
  readonly cwd: string;
  readonly env: Environment;
  readonly remote: string;
  readonly push: boolean;
  /** Genesis to insist on; absent: the pinned one, or whatever comes first (trust on first use). */
  readonly root?: Cid | undefined;
  /** Where our own journal chain has two histories: sign what is only here again, on top of what is there. Default: false. */
  readonly reEmit?: boolean | undefined;
}

export interface Movement {
  readonly chain: string;
  readonly from: Oid | null;
  readonly to: Oid;
}

export interface ReEmission extends Movement {
  /** Records that were signed again. */
  readonly records: number;
  /** Records that the other history had already. */
  readonly dropped: number;
}

/** A state chain that lost checkpoints of this clone which nobody else had seen; `fold run` makes them again. */
export interface RolledBack {
  readonly chain: string;
  readonly from: Oid;
  /** Null: the chain is gone. */
  readonly to: Oid | null;
}

export interface Refused {
  readonly chain: string;
  readonly error: GatosError;
}

/** A segment of the bus that gave way to its summary: `from` is where it stood. */
export interface PrunedSegment {
  readonly chain: string;
  readonly from: Oid;
  readonly where: 'here' | 'remote';
}

export interface SyncResult {
  readonly remote: string;
  readonly genesis: string;
  /** True when this clone had no genesis before. */
  readonly pinned: boolean;
  readonly taken: readonly Movement[];
  readonly pushed: readonly Movement[];
  readonly reEmitted: readonly ReEmission[];
  readonly rolledBack: readonly RolledBack[];
  readonly pruned: readonly PrunedSegment[];
  /** Chains that were left as they are, each with its fault. */
  readonly refused: readonly Refused[];
}
