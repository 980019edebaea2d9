/** The profiles fit profiles/profile.schema.json: the same fields in each, of the stated types and no others. */
import type { Finding, Rule } from '../rule.js';
import type { Tree } from '../tree.js';

const SCHEMA = 'profiles/profile.schema.json';

/** The part of JSON Schema that the schema of profiles uses. */
interface Property {
  readonly type?: 'string' | 'boolean' | 'integer';
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Schema {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, Property>>;
}

function fits(value: unknown, { type, enum: allowed, pattern, minimum, maximum }: Property): boolean {
  if (allowed !== undefined && !allowed.includes(value)) return false;
  if (type === 'integer' && !Number.isSafeInteger(value)) return false;
  if ((type === 'string' || type === 'boolean') && typeof value !== type) return false;
  if (pattern !== undefined && !(typeof value === 'string' && new RegExp(pattern, 'u').test(value))) return false;
  if (minimum !== undefined && !(typeof value === 'number' && value >= minimum)) return false;
  return maximum === undefined || (typeof value === 'number' && value <= maximum);
}

function inspect(tree: Tree, file: string, { required, properties }: Schema): readonly Finding[] {
  const profile = JSON.parse(tree.text(file)) as Readonly<Record<string, unknown>>;
  const say = (found: string, instead: string): Finding => ({ file, found, instead });
  const missing = required
    .filter((field) => !Object.hasOwn(profile, field))
    .map((field) => say(`no \`${field}\``, 'every field, so that nothing is left to a default'));
  const wrong = Object.entries(profile).flatMap(([field, value]): readonly Finding[] => {
    const property = properties[field];
    if (property === undefined)
      return [say(`the unknown field \`${field}\``, `enter it in ${SCHEMA} and profiles/README.md first`)];
    return fits(value, property)
      ? []
      : [say(`\`${field}\` is ${JSON.stringify(value)}`, `a value that fits ${JSON.stringify(property)}`)];
  });
  const named = `profiles/profile.${String(profile.name)}.json`;
  return [
    ...missing,
    ...wrong,
    ...(named === file ? [] : [say(`the name \`${String(profile.name)}\``, 'the name that the file carries')]),
  ];
}

export const profiles: Rule = {
  name: 'profiles',
  check: (tree) => {
    const files = tree.paths.filter((path) => /^profiles\/profile\..*\.json$/.test(path) && path !== SCHEMA);
    if (files.length === 0) return [];
    if (!tree.has(SCHEMA)) return [{ file: SCHEMA, found: 'no schema', instead: 'one schema for all profiles' }];
    const schema = JSON.parse(tree.text(SCHEMA)) as Schema;
    return files.flatMap((file) => inspect(tree, file, schema));
  },
};
