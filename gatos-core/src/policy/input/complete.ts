/** A whole input document from the few fields that a test gives. */
import { type JsonValue, setEntry } from '../../codec/index.js';
import { checkPartialInput } from './check.js';
import type { PolicyInput } from './document.js';
import { policyInputError } from './errors.js';
import { INPUT_TYPE } from './table.js';
import type { Field, Type } from './types.js';

type JsonRecord = { readonly [key: string]: JsonValue };

/** What follows from other fields is not asked for twice: a test that says `ref` need not say `name` and `space`. */
function derive(given: JsonRecord): JsonRecord {
  if (typeof given.ref !== 'string' && given.kind === undefined) return given;
  const out: Record<string, JsonValue> = {};
  if (typeof given.ref === 'string') Object.assign(out, spaceOf(given.ref));
  if (given.kind === 'create') Object.assign(out, { old: null, fast_forward: true });
  if (given.kind === 'delete') Object.assign(out, { new: null, fast_forward: false });
  return { ...out, ...given };
}

const SPACES = [
  ['refs/heads/', 'branch'],
  ['refs/tags/', 'tag'],
  ['refs/gatos/', 'gatos'],
] as const;

function spaceOf(ref: string): { readonly name: string; readonly space: string } {
  for (const [prefix, space] of SPACES) if (ref.startsWith(prefix)) return { name: ref.slice(prefix.length), space };
  return { name: ref, space: 'other' };
}

function presetOf({ type, preset }: Field): JsonValue {
  if (preset !== undefined) return preset;
  switch (type.t) {
    case 'bool':
      return false;
    case 'int':
      return 0;
    case 'text':
      return '';
    case 'list':
      return [];
    case 'map':
      return {};
    case 'record':
      return completeRecord({}, type.fields);
    default:
      return null;
  }
}

function completeRecord(given: JsonRecord, fields: Readonly<Record<string, Field>>): JsonRecord {
  const out: Record<string, JsonValue> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    out[name] = value === undefined ? presetOf(field) : complete(value, field.type);
  }
  return out;
}

function complete(value: JsonValue, type: Type): JsonValue {
  if (value === null) return null;
  switch (type.t) {
    case 'nullable':
      return complete(value, type.of);
    case 'list':
      return (value as readonly JsonValue[]).map((item) => complete(item, type.of));
    case 'map': {
      const out: Record<string, JsonValue> = {};
      for (const [key, item] of Object.entries(value as JsonRecord)) setEntry(out, key, complete(item, type.of));
      return out;
    }
    case 'record': {
      const isUpdate = 'fast_forward' in type.fields;
      return completeRecord(isUpdate ? derive(value as JsonRecord) : (value as JsonRecord), type.fields);
    }
    default:
      return value;
  }
}

/**
 * The document that `given` stands for: every field that it leaves out gets its preset, each list element is completed in
 * turn, and `name`, `space`, `old`, `new` and `fast_forward` of an update follow from its `ref` and `kind`.
 *
 * Throws `policy-input/shape` for an unknown field or a value of another type.
 */
export function completeInput(given: JsonValue): PolicyInput {
  const [problem] = checkPartialInput(given);
  if (problem !== undefined) throw policyInputError('shape', problem);
  return complete(given, INPUT_TYPE) as unknown as PolicyInput;
}
