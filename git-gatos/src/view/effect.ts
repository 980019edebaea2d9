/** Effects as people and scripts see them: what a call gave, and lists. */
import {
  effectState,
  formatHex,
  formatJson,
  formatKey,
  formatTime,
  isEffect,
  type JsonValue,
  type ListedEffect,
  TOOL_DONE,
} from 'gatos-core';
import type { CalledTool } from 'gatosd';
import type { Style } from '../output/style.js';

export const STATES = ['pending', 'released', 'unknown', 'committed', 'divergent', 'resolved', 'receipt'] as const;

/** What a call gave, as data. */
export function calledValue({ status, tool, effect, capability, receipt, receiptId, answer }: CalledTool) {
  return {
    status,
    tool: tool.name,
    tool_id: tool.id,
    effect,
    capability,
    receipt: receiptId,
    request_hash: formatHex(receipt.request_hash),
    response_hash: formatHex(receipt.response_hash),
    signer: formatKey(receipt.signer.key),
    time: formatTime(Number(receipt.time_observed)),
    answer: answer === null ? null : { status: answer.status, body: answer.body ?? null, error: answer.error ?? null },
  };
}

/** The answer itself, so that it can be piped on. */
export function calledLines({ answer, receiptId, receipt }: CalledTool, style: Style): readonly string[] {
  if (answer === null) return [style.dim(`its response was not kept; receipt ${receiptId}, status ${receipt.status}`)];
  if (answer.status === TOOL_DONE) return [formatJson((answer.body ?? null) as JsonValue, { indent: 2 })];
  return [style.red(`status ${answer.status}: ${answer.error ?? ''}`)];
}

export interface Listed {
  readonly id: string;
  readonly state: (typeof STATES)[number];
  readonly tool: string | null;
  readonly tool_id: string;
  readonly key: string | null;
  readonly status: number | null;
  readonly receipt: string | null;
  readonly attempt: number | null;
  readonly actor: string;
  readonly first: string;
  readonly last: string;
}

interface ListContext {
  /** µs since the epoch. */
  readonly now: number;
  /** Names of tools by their ids in hexadecimal. */
  readonly names: ReadonlyMap<string, string>;
}

/** An effect in a list, as data. */
export function listedValue({ record, actor, first, last }: ListedEffect, { now, names }: ListContext): Listed {
  const toolId = formatHex(record.body.tool);
  const common = {
    tool: names.get(toolId) ?? null,
    tool_id: toolId,
    actor,
    first: formatTime(first),
    last: formatTime(last),
  };
  const id = formatHex(record.body.id);
  if (!isEffect(record)) {
    const { idempotency_key: key, status } = record.receipt;
    return {
      id,
      state: 'receipt',
      ...common,
      key: key.length === 0 ? null : keyText(key),
      status,
      receipt: id,
      attempt: null,
    };
  }
  const { register, outcome, body } = record;
  return {
    id,
    state: effectState(record, now),
    ...common,
    key: keyText(register.idempotency_key),
    status: outcome?.receipt.status ?? null,
    receipt: outcome === null ? null : formatHex(outcome.receipt.receipt_id),
    attempt: body.attempt,
  };
}

/** A key as the caller typed it, where it is text; else its bytes. */
export function keyText(key: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(key);
    return /[\p{Cc}\u2028\u2029\ufeff]/u.test(text) ? `0x${formatHex(key)}` : text;
  } catch {
    // Bytes that are no text.
    return `0x${formatHex(key)}`;
  }
}

const MARKS: Readonly<Record<string, string>> = {
  committed: '✓',
  receipt: '✓',
  resolved: '-',
  released: ' ',
  pending: '…',
};

/** One line of a list. */
export function listedLine({ id, state, tool, tool_id: toolId, key, status, last }: Listed, style: Style): string {
  const colour = MARKS[state] === '✓' ? style.green : MARKS[state] === undefined ? style.red : style.yellow;
  const what = `${tool ?? toolId.slice(0, 12)}${key === null ? '' : ` ${key}`}`;
  const how = status === null ? state : `${state}, status ${status}`;
  return `${colour(MARKS[state] ?? '✗')} ${id}  ${what}  ${style.dim(`(${how}, ${last})`)}`;
}
