/** The ledger of effects, for the API: pages, and receipts by their ids, which no index has. */
import {
  decodeToolResponse,
  type Effect,
  effectError,
  effectHistory,
  effectState,
  encodeCan,
  findEffect,
  formatHex,
  isEffect,
  isGatosError,
  type JsonValue,
  type KeptResponse,
  parseHex,
  readEffectResponse,
} from 'gatos-core';
import { DIVERGENCE_MARK, decodeStruct, EFFECT_COMMIT, EFFECT_REGISTER, RECEIPT, structJson } from 'gatos-core/mythos';
import { systemClock } from 'gatos-core/node';
import type { Workspace } from '../workspace.js';
import { LedgerIndex } from './ledger-index.js';
import { plainData } from './plain-data.js';
import type { EffectQuery, Viewed } from './services.js';
import { idOfTool } from './tool-named.js';

/** Effects that are looked at for one page: a rare state is searched for in several. */
const MOST_LOOKED = 2000;

export class LedgerService {
  readonly #index: LedgerIndex;

  constructor(private readonly workspace: Workspace) {
    this.#index = new LedgerIndex(workspace.backend);
  }

  async page({ tool, status, cursor, limit }: EffectQuery): Promise<JsonValue> {
    const { backend } = this.workspace;
    const toolId = tool === undefined ? undefined : formatHex(await idOfTool(backend, tool));
    const now = systemClock.now();
    const effects: JsonValue[] = [];
    let looked = 0;
    let last: string | null = null;
    for await (const { id } of this.#index.after(cursor ?? '', { tool: toolId })) {
      if (effects.length === limit || looked === MOST_LOOKED) return { effects, next: last };
      const found = await findEffect(backend, parseHex(id));
      looked += 1;
      // A shard that was put back to an earlier head no longer has what the index remembers of it.
      const isThere = found !== null && isEffect(found);
      if (isThere && (status === undefined || effectState(found, now) === status)) effects.push(summaryOf(found, now));
      last = id;
    }
    return { effects, next: null };
  }

  async effect(id: string): Promise<Viewed> {
    const found = await this.#effect(id);
    const { body } = found;
    const objects = [body.register, body.outcome?.receipt, body.outcome?.commit, ...body.marks.map(({ mark }) => mark)];
    const present = objects.filter((each): each is Uint8Array => each !== undefined && each !== null);
    return { json: effectJson(found, systemClock.now()), bytes: encodeCan(present) };
  }

  /** Throws `effects/no-such-effect`. */
  async receipt(id: string): Promise<Viewed> {
    const { backend } = this.workspace;
    const loose = await findEffect(backend, parseHex(id));
    if (loose !== null && !isEffect(loose)) return this.#receiptView(loose.body.receipt, loose.body.response, null);
    const effect = await this.#index.effectOfReceipt(id);
    if (effect === null) throw effectError('no-such-effect', { id });
    const { outcome } = (await this.#outcomeBy(effect, id)).body;
    if (outcome === null) throw effectError('no-such-effect', { id });
    return this.#receiptView(outcome.receipt, outcome.response, effect);
  }

  /** The record of an effect whose outcome has this receipt: the newest, unless a resolution has put another outcome in its place. */
  async #outcomeBy(effect: string, receipt: string): Promise<Effect> {
    const is = (found: Effect): boolean =>
      found.outcome !== null && formatHex(found.outcome.receipt.receipt_id) === receipt;
    const newest = await this.#effect(effect);
    if (is(newest)) return newest;
    for (const { record } of await effectHistory(this.workspace.backend, parseHex(effect)))
      if (isEffect(record) && is(record)) return record;
    throw effectError('no-such-effect', { id: receipt });
  }

  async #receiptView(bytes: Uint8Array, kept: KeptResponse | null, effect: string | null): Promise<Viewed> {
    const receipt = decodeStruct(RECEIPT, bytes);
    const response = kept === null ? null : await this.#response(receipt.receipt_id, kept);
    return { json: { receipt: structJson(RECEIPT, receipt), effect, response }, bytes };
  }

  /** Null for what was not kept, is not here, or is no answer of a tool. */
  async #response(id: Uint8Array, kept: KeptResponse): Promise<JsonValue> {
    try {
      return plainData(decodeToolResponse(await readEffectResponse(this.workspace.backend, id, kept)));
    } catch (error) {
      if (isGatosError(error, 'effects/response-gone') || isGatosError(error, 'tools/bad-response')) return null;
      throw error;
    }
  }

  async #effect(id: string): Promise<Effect> {
    const found = await findEffect(this.workspace.backend, parseHex(id));
    if (found === null || !isEffect(found)) throw effectError('no-such-effect', { id });
    return found;
  }
}

function summaryOf(effect: Effect, now: number) {
  const { body, outcome } = effect;
  return {
    id: formatHex(body.id),
    tool: formatHex(body.tool),
    state: effectState(effect, now),
    attempt: body.attempt,
    request_hash: formatHex(body.request),
    receipt_id: outcome === null ? null : formatHex(outcome.receipt.receipt_id),
  };
}

function effectJson(effect: Effect, now: number): JsonValue {
  const { body, register, outcome, marks } = effect;
  const response = outcome?.response ?? null;
  const { resolution } = body;
  return {
    ...summaryOf(effect, now),
    capability: formatHex(body.capability),
    register: structJson(EFFECT_REGISTER, register),
    ended: body.ended === null ? null : { ...body.ended },
    receipt: outcome === null ? null : structJson(RECEIPT, outcome.receipt),
    commit: outcome?.commit == null ? null : structJson(EFFECT_COMMIT, outcome.commit),
    response:
      response === null
        ? null
        : {
            hash: formatHex(response.hash),
            size: response.size,
            kept: response.inline !== undefined || response.blob !== undefined,
          },
    marks: marks.map(({ opened }) => structJson(DIVERGENCE_MARK, opened)),
    resolution:
      resolution === null ? null : { as: resolution.as, grant: resolution.grant.toString(), why: resolution.why },
  };
}
