/** What somebody wants to do under a capability, and how much of it that takes. */
import type { JsonValue } from '../codec/index.js';
import type { ScopeName } from '../mythos/index.js';
import type { Amounts } from './kinds.js';

/** One use. Digests have 32 bytes; sizes and times are in bytes and µs. */
export type CapabilityRequest =
  | { readonly kind: 'BlobRead'; readonly cid: Uint8Array; readonly offset: bigint; readonly len: bigint }
  | { readonly kind: 'BlobWrite'; readonly namespace: string; readonly size: bigint; readonly media: string }
  | { readonly kind: 'BlobPin'; readonly cid: Uint8Array; readonly ttl_us: bigint }
  | { readonly kind: 'BlobDelete'; readonly cid: Uint8Array }
  /** `body`: that of the request to the tool; what constraints speak of. */
  | { readonly kind: 'ToolCall'; readonly tool_id: Uint8Array; readonly body?: JsonValue | undefined }
  | {
      readonly kind: 'TrainRun';
      readonly recipe_id: Uint8Array;
      readonly tokens: bigint;
      readonly gpu_ms?: bigint | undefined;
    }
  | { readonly kind: 'EvalRun'; readonly suite_id: Uint8Array }
  | { readonly kind: 'DeployPromote'; readonly ring_id: number; readonly policy_id: Uint8Array }
  | {
      readonly kind: 'ComputeSpawn';
      readonly pool_id: Uint8Array;
      readonly workers: number;
      readonly cpu_us: bigint;
      readonly io: number;
    }
  | { readonly kind: 'CellRead'; readonly cell_id: Uint8Array; readonly key: Uint8Array }
  | {
      readonly kind: 'CellWrite';
      readonly cell_id: Uint8Array;
      /** Type of each event. */
      readonly event_types: readonly number[];
    };

type Kinds = CapabilityRequest['kind'];
/** Every kind of scope has its request. */
export type RequestKind = Kinds extends ScopeName ? (ScopeName extends Kinds ? Kinds : never) : never;

/** What the use takes of what is counted. */
export function costOf(request: CapabilityRequest): Amounts {
  switch (request.kind) {
    case 'ToolCall':
      return { calls: 1n };
    case 'TrainRun':
      return { jobs: 1n, tokens: request.tokens, gpu_ms: request.gpu_ms ?? 0n };
    case 'EvalRun':
      return { runs: 1n };
    case 'ComputeSpawn':
      return { workers: BigInt(request.workers), cpu_us: request.cpu_us, io: BigInt(request.io) };
    case 'CellWrite':
      return { events: BigInt(request.event_types.length) };
    default:
      return {};
  }
}
