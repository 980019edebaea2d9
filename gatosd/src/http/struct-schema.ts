/** The JSON Schema of a MYTHOS struct as `structJson` shows it, from the table of its fields. */
import type { JsonValue } from 'gatos-core';
import type { Member } from 'gatos-core/mythos';

type JsonRecord = { readonly [key: string]: JsonValue };

const HEX_HASH = { type: 'string', pattern: '^[0-9a-f]{64}$' };
/** Beyond 2^53 an integer is text, since JSON readers would round it. */
const LONG = { type: ['integer', 'string'] };

const SCHEMAS: Readonly<Record<string, JsonRecord>> = {
  Hash: HEX_HASH,
  bytes: { type: 'string', pattern: '^(?:[0-9a-f]{2})*$' },
  text: { type: 'string' },
  bool: { type: 'boolean' },
  u8: { type: 'integer', minimum: 0, maximum: 0xff },
  u16: { type: 'integer', minimum: 0, maximum: 0xffff },
  u32: { type: 'integer', minimum: 0, maximum: 0xffff_ffff },
  u64: LONG,
  i64: LONG,
};

function schemaOfType(type: string): JsonRecord {
  const known = SCHEMAS[type];
  if (known !== undefined) return known;
  if (type.startsWith('time ')) return LONG;
  if (type.startsWith('list of ')) return { type: 'array', items: schemaOfType(type.slice('list of '.length)) };
  // A code with names is shown as `1 Name`, and as the number where it has none.
  if (/^u(8|16|32) \(/.test(type)) return { type: ['string', 'integer'] };
  return { type: 'object' };
}

/** Fields that a newer version may add are not excluded. */
export function structSchema({
  name,
  members,
}: {
  readonly name: string;
  readonly members: readonly Member[];
}): JsonRecord {
  const fields = members.map(
    (member) => [member.name, { ...schemaOfType(member.type), description: member.does }] as const,
  );
  return {
    type: 'object',
    title: name,
    required: members.filter(({ optional }) => !optional).map((member) => member.name),
    properties: Object.fromEntries(fields),
  };
}
