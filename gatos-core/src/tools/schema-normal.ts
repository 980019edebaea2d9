/** A schema without what means nothing: for its type id, and for whoever holds bodies against it. */
import { sha256 } from '#hash';
import { canOfJson, encodeCan, type JsonValue, setEntry } from '../codec/index.js';
import { isMapOfJson, type JsonMap, keywordNamed } from './schema-keywords.js';

/** What is said to people only; two schemas that differ in nothing else are one type. */
const SAID_TO_PEOPLE = new Set(['title', 'description', '$comment', 'examples', '$id']);

/** SHA-256 of the MYTHOS-CAN of a checked schema without `title`, `description`, `$comment`, `examples` and `$id`. */
export function typeId(schema: JsonValue): Uint8Array {
  const normal = changed(schema, (part) => kept(part, (name) => !SAID_TO_PEOPLE.has(name)));
  return sha256(encodeCan(canOfJson(normal)));
}

/**
 * What a validator has to look at, spelled out: `contains` asks for one item, which the library forgets beside `maxContains`.
 */
export function forValidator(schema: JsonValue): JsonValue {
  return changed(schema, (part) => {
    const bare = kept(part, (name) => keywordNamed(name)?.holds !== 'note');
    const counted = !Object.hasOwn(bare, 'contains') || Object.hasOwn(bare, 'minContains');
    return counted ? bare : { ...bare, minContains: 1 };
  });
}

function kept(schema: JsonMap, isKept: (keyword: string) => boolean): JsonMap {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => isKept(name)));
}

type Change = (schema: JsonMap) => JsonMap;

/** Schemas are changed, not properties or values that happen to have names of keywords. */
function changed(schema: JsonValue, change: Change): JsonValue {
  if (!isMapOfJson(schema)) return schema;
  return mapped(change(schema), (part, name) => partChanged(name, part, change));
}

function partChanged(name: string, part: JsonValue, change: Change): JsonValue {
  switch (keywordNamed(name)?.holds) {
    case 'schema':
      return changed(part, change);
    case 'schemas':
      return (part as readonly JsonValue[]).map((each) => changed(each, change));
    case 'named':
    case 'by-pattern':
      return mapped(part as JsonMap, (each) => changed(each, change));
    default:
      return part;
  }
}

function mapped(map: JsonMap, change: (value: JsonValue, name: string) => JsonValue): JsonMap {
  const out: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(map)) setEntry(out, name, change(value, name));
  return out;
}
