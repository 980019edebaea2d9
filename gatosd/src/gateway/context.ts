/** What one call goes by, from the moment at which nothing refuses it any more. */
import type { CheckedCapability, GivenResponse, ToolResponse, Writer } from 'gatos-core';
import type { Workspace } from '../workspace.js';
import type { PreparedCall } from './prepare.js';
import type { CallToolRequest, ToolLog } from './request.js';

export interface CallContext {
  readonly workspace: Workspace;
  readonly request: CallToolRequest;
  readonly prepared: PreparedCall;
  readonly writer: Writer;
  /** When the capability was checked, µs since the epoch. */
  readonly now: number;
  /** The capability first, the root last. */
  readonly chain: CheckedCapability['chain'];
  readonly onLog: ((log: ToolLog) => void) | undefined;
  /** Asks once more whether the call is allowed: for who has waited. Throws as the first time. */
  again(): Promise<CallContext>;
}

/** What came back. */
export interface Came extends GivenResponse {
  readonly answer: ToolResponse;
}

/** Milliseconds of a lease, where the caller does not say. */
export const LEASE_MS = 60_000;
