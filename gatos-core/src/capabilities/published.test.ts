import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { digest32, seal } from '../../testing/capability-world.js';
import { formatBase64url, parseJson } from '../codec/index.js';
import { issuedBody } from './index.js';
import { capabilitySchemas } from './published.js';

const folder = new URL('../../../docs/schemas/', import.meta.url);
const schemas = capabilitySchemas();
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });

/** As `--json` prints it. */
function view(value: unknown): unknown {
  if (value instanceof Uint8Array) return formatBase64url(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, view(part)]));
}

describe('the schemas of capabilities in docs/schemas', () => {
  it('are what the code has: `npm run schema:update` writes them', () => {
    const named = readdirSync(folder).filter((name) => /^(capability|output-cap)-/.test(name));
    expect(named.sort()).toEqual(Object.keys(schemas).sort());
    for (const [name, schema] of Object.entries(schemas))
      expect(parseJson(readFileSync(new URL(name, folder), 'utf8')), name).toEqual(schema);
  });

  it('are JSON Schemas of 2020-12', () => {
    for (const [name, schema] of Object.entries(schemas)) expect(ajv.validateSchema(schema as object), name).toBe(true);
  });

  it('hold for real records, and not for wrong ones', async () => {
    const issued = view(issuedBody(await seal({ issuer: 2, subject: 3 }))) as object;
    const revoked = view({ cap: digest32(1), reason: 'over', by: 'user:alice', time: 5 }) as object;
    const used = view({ cap: digest32(1), idem: null, amounts: { calls: 1 }, time: 5, replaces: null }) as object;
    for (const [name, record] of Object.entries({ issued, revoked, used })) {
      const validate = ajv.compile(schemas[`capability-${name}.schema.json`] as object);
      expect(validate(record), name).toBe(true);
      expect(validate({ ...record, more: 1 }), name).toBe(false);
      for (const field of Object.keys(record))
        expect(validate({ ...record, [field]: true }), `${name} ${field}`).toBe(false);
    }
  });
});
