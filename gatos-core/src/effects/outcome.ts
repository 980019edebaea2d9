/** The end of a call: a receipt over the exact bytes, and the commit that makes it the outcome. */
import { sha256 } from '#hash';
import { append, type Draft, draftIndexed, type WriterPorts } from '../chain/index.js';
import { type Cid, formatHex } from '../codec/index.js';
import { hashObject } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { agentOf, EFFECT_COMMIT, encodeStruct, RECEIPT, type Receipt, sealStruct } from '../mythos/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import type { EffectCall, HeldEffect } from './call.js';
import type { Effect } from './entry.js';
import { type KeptResponse, RESPONSE_PATH } from './entry-shape.js';
import { effectError } from './errors.js';
import { markOf } from './mark.js';
import { shardOf } from './names.js';
import { EFFECTS_RULE } from './rules.js';
import { COMMIT_KIND, DIVERGENCE_KIND, RECEIPT_KIND } from './schema.js';
import { decideOutcome, shortDigest } from './state.js';
import { type Decided, takeStep } from './step.js';

/** What a tool gave back. */
export interface Given {
  /** The exact bytes on the wire. */
  readonly response: Uint8Array;
  /** 200: done. */
  readonly status: number;
  /** For people. */
  readonly notes?: string | undefined;
  /** Of a call without a key: which use of its capability it is, 32 bytes. Without it two equal calls at one time would be one receipt. */
  readonly use?: Uint8Array | undefined;
}

/** A signed receipt of an invocation. `key`: empty when there was none. Throws `effects/too-large`. */
export async function receiptOf(
  { clock }: Pick<WriterPorts, 'clock'>,
  call: Pick<EffectCall, 'def' | 'request'> & { readonly key: Uint8Array },
  { response, status, notes, use, signer }: Given & Pick<Writer, 'signer'>,
): Promise<Receipt> {
  const limit = LIMITS.toolResponseBytesMax;
  if (response.length > limit) throw effectError('too-large', { what: 'the response', size: response.length, limit });
  const draft = {
    tool_id: call.def.tool_id,
    request_hash: call.request,
    response_hash: sha256(response),
    idempotency_key: call.key,
    signer: agentOf(signer.key),
    time_observed: BigInt(Math.max(0, Math.floor(clock.now()))),
    status,
    ...(use === undefined ? {} : { evidence: [use] }),
    ...(notes === undefined ? {} : { notes }),
  };
  return sealStruct(RECEIPT, draft, signer);
}

interface Kept {
  readonly response: KeptResponse;
  readonly files: NonNullable<Draft['files']>;
}

/** How the bytes of a response are kept: small ones in the record, larger ones beside it. */
export function keepResponse({ backend }: Pick<WriterPorts, 'backend'>, bytes: Uint8Array): Kept {
  const [hash, size] = [sha256(bytes), bytes.length];
  if (size <= LIMITS.effectInlineBytes) return { response: { hash, size, inline: bytes }, files: [] };
  const blob = hashObject(backend.objects.format, 'blob', bytes);
  return { response: { hash, size, blob }, files: [{ path: RESPONSE_PATH, bytes }] };
}

export interface CommitRequest extends Writer {
  readonly held: HeldEffect;
  readonly receipt: Receipt;
  /** The exact bytes. */
  readonly response: Uint8Array;
}

export interface Committed {
  /** `exists`: an outcome that says the same stands, of this invocation or another one. */
  readonly status: 'recorded' | 'exists';
  /** As it stands: its receipt is the outcome. */
  readonly effect: Effect;
}

type Settled = Committed | { readonly status: 'lost' };

/**
 * Makes a receipt the outcome of its id. Throws `effects/non-deterministic` when another outcome stands there (both are recorded then, and
 * the id is divergent), `effects/lost-lease` when somebody took over (the receipt is recorded by itself), and as `append`. It may be
 * repeated after a fault.
 */
export async function commitEffect(ports: WriterPorts, request: CommitRequest): Promise<Committed> {
  const { held, receipt, response, ...writer } = request;
  const kept = keepResponse(ports, response);
  const { id } = held.effect.body;
  const decide = async (effect: Effect | null, now: number): Promise<Decided<Settled>> => {
    const { attempt, lease } = held.effect.body;
    if (effect === null) return { next: null, answer: () => ({ status: 'lost' }) };
    const answered = { attempt, lease, request: receipt.request_hash, response: receipt.response_hash };
    switch (decideOutcome(effect, answered).do) {
      case 'commit':
        return committing(effect, { receipt, kept, writer, now });
      case 'exists':
        return { next: null, answer: () => ({ status: 'exists', effect }) };
      case 'mark':
        return marking(effect, { receipt, kept, writer, now });
      case 'keep':
        return { next: null, answer: () => ({ status: 'lost' }) };
    }
  };
  const settled = await takeStep(ports, { ...writer, id, decide });
  if (settled.status !== 'lost') return settled;
  const { capability } = held.call;
  const began = Number(held.effect.register.time_observed);
  await recordReceipt(ports, { ...writer, receipt, response, capability, use: id, began });
  throw effectError('lost-lease', { id: formatHex(id), receipt: formatHex(receipt.receipt_id) });
}

interface Settling {
  readonly receipt: Receipt;
  readonly kept: Kept;
  readonly writer: Writer;
  readonly now: number;
}

async function committing(
  { body: { replaces: _, ...body } }: Effect,
  { receipt, kept, writer, now }: Settling,
): Promise<Decided<Settled>> {
  const draft = {
    idem_id: body.id,
    tool_id: body.tool,
    request_hash: body.request,
    response_hash: receipt.response_hash,
    receipt_id: receipt.receipt_id,
    status: receipt.status,
    time_observed: BigInt(now),
  };
  const commit = encodeStruct(EFFECT_COMMIT, await sealStruct(EFFECT_COMMIT, draft, writer.signer));
  const outcome = { receipt: encodeStruct(RECEIPT, receipt), commit, response: kept.response };
  return {
    next: { kind: COMMIT_KIND, body: { ...body, outcome }, files: kept.files },
    answer: (made) => ({ status: 'recorded', effect: made as Effect }),
  };
}

/** The tool was invoked twice, which only clocks that differ or a resolution allow, and answered differently. */
async function marking(effect: Effect, { receipt, kept, writer, now }: Settling): Promise<Decided<Settled>> {
  const { replaces: _, ...body } = effect.body;
  const recorded = effect.outcome?.receipt.response_hash ?? body.request;
  // Larger bytes are kept once, with the outcome.
  const { blob: __, ...response } = kept.response;
  const rival = { receipt: encodeStruct(RECEIPT, receipt), response };
  const evidence = [recorded, receipt.response_hash];
  const mark = await markOf(effect, { writer, now, reason: 'responseHashConflict', evidence, rival });
  const answer = (): never => {
    const [first, second] = evidence.map(shortDigest);
    throw effectError('non-deterministic', {
      id: formatHex(body.id),
      recorded: first as string,
      answered: second as string,
    });
  };
  return { next: { kind: DIVERGENCE_KIND, body: { ...body, resolution: null, marks: [...body.marks, mark] } }, answer };
}

export interface ReceiptRequest extends Writer {
  readonly receipt: Receipt;
  readonly response: Uint8Array;
  readonly capability: Uint8Array;
  /** Which use of it this is, 32 bytes: what `countUse` was given. */
  readonly use: Uint8Array;
  /** When the capability was checked, µs since the epoch. */
  readonly began: number;
  /** The largest clock of what is known of it. */
  readonly seen?: number | undefined;
}

/** Records a receipt that is no outcome in the ledger: of a call without a key. The same one twice is one. Errors as `append`. */
export async function recordReceipt(
  ports: WriterPorts,
  { receipt, response, capability, use, began, seen, ...writer }: ReceiptRequest,
): Promise<Cid> {
  const { receipt_id: id, tool_id: tool, request_hash: request } = receipt;
  const kept = keepResponse(ports, response);
  const body = {
    id,
    tool,
    request,
    capability,
    use,
    began,
    receipt: encodeStruct(RECEIPT, receipt),
    response: kept.response,
  };
  const chain = shardOf(id);
  let cid: Cid | null = null;
  const record = { body, expected: null, files: kept.files };
  await append(
    ports,
    requestBy(writer, {
      chain,
      rule: EFFECTS_RULE,
      seen: () => seen ?? 0,
      prepare: async (head) => {
        const made = await draftIndexed(ports.backend, { chain, head }, [{ kind: RECEIPT_KIND, records: [record] }]);
        cid = made.records[0]?.cid ?? null;
        return made.drafts;
      },
    }),
  );
  return cid as unknown as Cid;
}
