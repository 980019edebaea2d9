/** What a call of a tool takes and gives. */
import type { JsonValue, ToolResponse } from 'gatos-core';
import type { Receipt } from 'gatos-core/mythos';

/** For tests: a moment in a call. */
export type CallStep = 'registered' | 'invoked' | 'receipt' | 'committed';

export interface CallToolRequest {
  /** Name of a declared tool, or the 64 hexadecimal digits of its id. */
  readonly tool: string;
  readonly body: JsonValue;
  /**
   * Idempotency key, text or bytes: the tool is invoked once for it, and whoever repeats the call gets the same receipt. Without it nothing is
   * deduplicated, but for tools whose answers may be cached.
   */
  readonly key?: string | Uint8Array | undefined;
  /** Id of the capability to call under, in hexadecimal; absent: the one that suits. */
  readonly capability?: string | undefined;
  /** Milliseconds to wait for somebody else who is invoking the same; default 30,000. */
  readonly waitMs?: number | undefined;
  /** Milliseconds after which others take whoever invokes for gone, unless he says that he lives; default 60,000. */
  readonly leaseMs?: number | undefined;
  /** Ends waiting; ends the tool when it runs, and then nobody knows whether it acted. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: CallStep) => void) | undefined;
}

export interface CalledTool {
  /** `replayed`: it had been invoked before; this is what came of it. */
  readonly status: 'invoked' | 'replayed';
  readonly tool: { readonly name: string; readonly id: string };
  /** Idempotency id in hexadecimal; null for a call without a key. */
  readonly effect: string | null;
  /** Id of the capability, in hexadecimal. */
  readonly capability: string;
  readonly receipt: Receipt;
  /** Its id in hexadecimal. */
  readonly receiptId: string;
  /** The exact bytes; null when a resolution gave a receipt without them. */
  readonly response: Uint8Array | null;
  /** What they say. */
  readonly answer: ToolResponse | null;
}

/** What a tool wrote to its standard error. It is recorded nowhere: nobody promised that there is no secret in it. */
export interface ToolLog {
  /** Name of the tool. */
  readonly tool: string;
  /** The beginning, up to `LIMITS.toolLogBytes`; never empty. */
  readonly bytes: Uint8Array;
}
