/** All there is to say of one effect. */
import {
  type Check,
  decodeToolResponse,
  type Effect,
  type EffectOutcome,
  effectState,
  formatHex,
  formatJson,
  formatTime,
  isEffect,
  isGatosError,
  type JsonValue,
  type LooseReceipt,
  type RecordedEffect,
  readEffectResponse,
  toolsWithId,
} from 'gatos-core';
import { DIVERGENCE_MARK, EFFECT_COMMIT, EFFECT_REGISTER, RECEIPT, structJson } from 'gatos-core/mythos';
import type { Style } from '../output/style.js';
import type { Repository } from '../repository.js';
import { keyText } from './effect.js';

interface Parts {
  readonly found: Effect | LooseReceipt;
  /** Oldest first. */
  readonly records: readonly RecordedEffect[];
  readonly checks: readonly Check[];
}

/** As data. */
export async function effectDetails({ backend, repository }: Repository, { found, records, checks }: Parts) {
  const { id, tool, capability } = found.body;
  const now = Math.floor(repository.ports.clock.now());
  const names = (await toolsWithId(backend, tool)).map(({ name }) => name);
  const outcome: EffectOutcome | null = isEffect(found)
    ? found.outcome
    : { receipt: found.receipt, commit: null, response: found.body.response };
  const common = {
    id: formatHex(id),
    tools: names,
    tool_id: formatHex(tool),
    capability: formatHex(capability),
    receipt: outcome === null ? null : structJson(RECEIPT, outcome.receipt),
    response: await responseOf(backend, id, outcome),
    checks: checks.map(({ name, outcome: how, detail }) => ({ name, outcome: how, detail })),
  };
  if (!isEffect(found))
    return {
      state: 'receipt',
      key: null,
      ...common,
      register: null,
      commit: null,
      marks: [],
      resolution: null,
      records: [],
    };
  const { register, marks, body } = found;
  return {
    state: effectState(found, now),
    key: keyText(register.idempotency_key),
    ...common,
    register: structJson(EFFECT_REGISTER, register),
    commit: outcome?.commit == null ? null : structJson(EFFECT_COMMIT, outcome.commit),
    marks: marks.map(({ opened, rival }) => ({
      ...(structJson(DIVERGENCE_MARK, opened) as object),
      rival: rival === null ? null : formatHex(rival.response.hash),
    })),
    resolution: body.resolution === null ? null : { ...body.resolution, grant: String(body.resolution.grant) },
    records: records.map(({ record, entry }) => ({
      kind: entry.envelope.kind,
      seq: entry.envelope.seq,
      actor: entry.envelope.actor,
      time: formatTime(entry.envelope.time),
      attempt: isEffect(record) ? record.body.attempt : null,
      why: isEffect(record) ? (record.body.ended?.why ?? null) : null,
    })),
  };
}

export type EffectDetails = Awaited<ReturnType<typeof effectDetails>>;

async function responseOf(
  backend: Repository['backend'],
  id: Uint8Array,
  outcome: EffectOutcome | null,
): Promise<JsonValue> {
  if (outcome?.response == null) return null;
  const { hash, size } = outcome.response;
  const kept = { hash: formatHex(hash), size };
  try {
    const answer = decodeToolResponse(await readEffectResponse(backend, id, outcome.response));
    return { ...kept, status: answer.status, body: answer.body ?? null, error: answer.error ?? null };
  } catch (error) {
    if (isGatosError(error)) return { ...kept, fault: error.message };
    throw error;
  }
}

const indented = (value: unknown): readonly string[] =>
  formatJson(value as JsonValue, { indent: 2 })
    .split('\n')
    .map((line) => `  ${line}`);

/** For people. */
export function effectLines(shown: EffectDetails, style: Style): readonly string[] {
  const {
    state,
    id,
    tools,
    tool_id: toolId,
    key,
    capability,
    register,
    receipt,
    commit,
    response,
    marks,
    resolution,
  } = shown;
  const part = (name: string, value: unknown) => (value === null ? [] : [`${name}:`, ...indented(value)]);
  return [
    `${state}  ${id}`,
    `tool ${tools.length === 0 ? toolId : `${tools.join(', ')}  ${style.dim(toolId)}`}`,
    ...(key === null ? [] : [`key ${key}`]),
    style.dim(`under capability ${capability}`),
    ...part('register', register),
    ...part('receipt', receipt),
    ...part('response', response),
    ...part('commit', commit),
    ...marks.flatMap((mark) => part('divergence', mark)),
    ...part('resolution', resolution),
    ...shown.records.map(({ kind, actor, time, attempt, why }) =>
      style.dim(
        `${time}  ${kind} by ${actor}${attempt === null ? '' : `, attempt ${attempt}`}${why === null ? '' : `: ${why}`}`,
      ),
    ),
    ...shown.checks.map(
      ({ name, outcome, detail }) => `${outcome === 'pass' ? style.green('✓') : style.red('✗')} ${name}: ${detail}`,
    ),
  ];
}
