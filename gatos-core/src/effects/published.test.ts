import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { ALICE, BOB, EffectsWorld } from '../../testing/effects-world.js';
import { Cid, formatBase64url, parseJson } from '../codec/index.js';
import { endCall, historyOf, idempotencyId, recordReceipt, resolveEffect } from './index.js';
import { effectSchemas } from './published.js';

const folder = new URL('../../../docs/schemas/', import.meta.url);
const schemas = effectSchemas();
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });

/** As `--json` prints it. */
function view(value: unknown): unknown {
  if (value instanceof Uint8Array) return formatBase64url(value);
  if (value instanceof Cid) return String(value);
  if (Array.isArray(value)) return value.map(view);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, view(part)]));
}

/** One record of each kind. */
async function bodies(): Promise<ReadonlyMap<string, object>> {
  const world = await EffectsWorld.open();
  const { effect } = await world.done(ALICE);
  await world.open(BOB, { body: 'other' }).catch(() => undefined);
  const { id } = effect.body;
  const grant = await world.granted(id);
  await resolveEffect(world.ports, { ...(await world.as(ALICE)), id, as: 'acted', grant, why: 'looked' });
  const found = new Map<string, object>();
  for (const { record, entry } of await historyOf(world.backend, id)) found.set(entry.envelope.kind, record.body);
  const { receipt, response } = effect.outcome ?? {};
  expect([receipt !== undefined, response?.inline !== undefined]).toEqual([true, true]);
  if (receipt === undefined || response?.inline === undefined) return found;
  const loose = { receipt, response: response.inline, capability: effect.body.capability, use: id, began: 1 };
  await recordReceipt(world.ports, { ...(await world.as(ALICE)), ...loose });
  const [kept] = await historyOf(world.backend, receipt.receipt_id);
  if (kept !== undefined) found.set('effect.receipt', kept.record.body);
  const held = await world.hold(ALICE, { key: 'two' });
  await endCall(world.ports, { ...(await world.as(ALICE)), held, acted: 'no', why: 'no command' });
  const two = idempotencyId(held.call.def.tool_id, held.call.key);
  for (const { record, entry } of await historyOf(world.backend, two)) found.set(entry.envelope.kind, record.body);
  return found;
}

describe('the schemas of effects in docs/schemas', () => {
  it('are what the code has: `npm run schema:update` writes them', () => {
    const named = readdirSync(folder).filter((name) => /^(effect|output-effect)-/.test(name));
    expect(named.sort()).toEqual(Object.keys(schemas).sort());
    for (const [name, schema] of Object.entries(schemas))
      expect(parseJson(readFileSync(new URL(name, folder), 'utf8')), name).toEqual(schema);
  });

  it('are JSON Schemas of 2020-12', () => {
    for (const [name, schema] of Object.entries(schemas)) expect(ajv.validateSchema(schema as object), name).toBe(true);
  });

  it('hold for real records, and not for wrong ones', async () => {
    const found = await bodies();
    expect([...found.keys()].sort()).toEqual([
      'effect.commit',
      'effect.divergence',
      'effect.ended',
      'effect.receipt',
      'effect.register',
      'effect.resolved',
    ]);
    for (const [kind, body] of found) {
      const record = view(body) as object;
      const validate = ajv.compile(schemas[`${kind.replace('.', '-')}.schema.json`] as object);
      expect(validate(record), `${kind} ${JSON.stringify(validate.errors)}`).toBe(true);
      expect(validate({ ...record, more: 1 }), kind).toBe(false);
      for (const field of Object.keys(record))
        expect(validate({ ...record, [field]: true }), `${kind} ${field}`).toBe(false);
    }
  });
});
