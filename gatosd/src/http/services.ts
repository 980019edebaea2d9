/** What the API stands on. Handlers know these and nothing of Git; `services-of.ts` makes them from a repository. */
import type { JsonValue } from 'gatos-core';
import type { ChunkStore, Range } from '../chunks/index.js';

export interface About {
  readonly version: string;
  /** Actor and key that act and sign here; null: nobody is set, so no tool is called. */
  readonly agent: { readonly actor: string; readonly key: string; readonly agent: string } | null;
  readonly genesis: string | null;
  /** Where the chains end, by name. */
  readonly heads: Readonly<Record<string, string>>;
}

export interface CallRequest {
  /** Name or id. */
  readonly tool: string;
  readonly key: Uint8Array | null;
  readonly capability: string;
  readonly body: JsonValue;
  /** Checked against the tool that it is for, where the caller gave the exact bytes of a request. */
  readonly toolId: Uint8Array | null;
}

/** As the effect plane gives it. */
export interface CallAnswer {
  readonly receiptId: string;
  /** MYTHOS-CAN: a list of two byte strings, the exact receipt and the exact response (empty where it was not kept). */
  readonly bytes: Uint8Array;
  readonly replayed: boolean;
  readonly json: JsonValue;
}

/** One object, decoded and as its exact bytes. */
export interface Viewed {
  readonly json: JsonValue;
  readonly bytes: Uint8Array;
}

export interface EffectQuery {
  readonly tool?: string | undefined;
  readonly status?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface OpenedBlob {
  readonly size: number;
  readonly media: string;
  /** Throws the fault of the first chunk that is missing or was changed. */
  stream(range: Range): AsyncIterable<Uint8Array>;
  /** Memory that one step of a stream takes. */
  readonly stepBytes: number;
}

export interface Services {
  about(): Promise<About>;
  /** Does the trust chain know this actor, with no key that is not revoked? */
  isRevoked(actor: string): Promise<boolean>;
  readonly chunks: ChunkStore;
  blob(cid: string): Promise<JsonValue>;
  openBlob(cid: string, signal: AbortSignal): Promise<OpenedBlob>;
  blobProof(cid: string, chunk: number): Promise<Viewed>;
  /** May a token of this actor use that capability? Throws when there is no such capability. */
  mayUse(capability: string, actor: string): Promise<boolean>;
  call(request: CallRequest, options: { readonly signal: AbortSignal }): Promise<CallAnswer>;
  effects(query: EffectQuery): Promise<JsonValue>;
  effect(id: string): Promise<Viewed>;
  receipt(id: string): Promise<Viewed>;
  capability(id: string): Promise<Viewed>;
  checkCapability(id: string, query: { readonly tool?: string | undefined }): Promise<JsonValue>;
  /** Ends what it has started. */
  close(): Promise<void>;
}
