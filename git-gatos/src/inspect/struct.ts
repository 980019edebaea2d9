/** MYTHOS structs: annotated by the tables that encode them, and recognised by trying all of them. */
import { type Check, failed, formatHex, formatTime, GatosError, nobleEngine, passed } from 'gatos-core';
import {
  type AnyStruct,
  checkStruct,
  checkStructId,
  decodeStruct,
  encodeStruct,
  findStruct,
  NODE_PAYLOADS as MERKLE_NODE_PAYLOADS,
  SCOPE_STRUCTS,
  STRUCTS,
  structId,
  structJson,
} from 'gatos-core/mythos';
import type { Explained, ExplainedField } from './explained.js';
import { STRUCT_MEANINGS } from './meanings/index.js';

const SPEC = 'docs/SPEC.md 4.3';

type Plain = Readonly<Record<string, unknown>>;

/** Items of a list that are taken apart. */
const SHOWN_ITEMS = 8;

/** The bytes of a struct, annotated. Throws as `decodeStruct`. */
export function explainStruct(struct: AnyStruct, bytes: Uint8Array): Explained {
  return annotate(struct, decodeStruct(struct, bytes, { maxBytes: bytes.length }) as Plain);
}

function annotate(struct: AnyStruct, value: Plain): Explained {
  const view = structJson(struct, value) as Plain;
  const fields: ExplainedField[] = [];
  for (const { name, number, type, does } of struct.members) {
    const part = value[name];
    if (part === undefined) continue;
    const inside = insideOf(struct, { name, type, value });
    fields.push({ path: name, number, type, value: shownPart(type, part, view[name]), does, ...inside });
  }
  for (const [number] of (value.unknown ?? []) as readonly (readonly [bigint, Uint8Array])[])
    fields.push({
      path: `field ${number}`,
      number: Number(number),
      value: view[`field ${number}`],
      does: 'of another version or of somebody else: kept as it is, and ignored',
    });
  const id =
    struct.identified.id === undefined && struct.identified.signature === undefined ? undefined : idOf(struct, value);
  const does = STRUCT_MEANINGS[struct.name] ?? 'a MYTHOS object';
  return { what: `MYTHOS ${struct.name}`, does, spec: SPEC, id, fields, checks: checksOf(struct, value) };
}

function shownPart(type: string, part: unknown, view: unknown): unknown {
  if (!type.startsWith('time') || typeof part !== 'bigint') return view;
  const micros = Number(part);
  return Number.isSafeInteger(micros) && micros >= 0 ? `${formatTime(micros)} (${part})` : view;
}

interface Member {
  readonly name: string;
  readonly type: string;
  readonly value: Plain;
}

/** What stands in a field, where that is a struct of its own. */
function insideOf(struct: AnyStruct, { name, type, value }: Member): { readonly inside?: Explained } {
  const part = value[name];
  const nested = findStruct(type);
  if (nested !== undefined) return { inside: annotate(nested, part as Plain) };
  if (part instanceof Uint8Array) {
    const payload = payloadStruct(struct.name, name, Number(value.kind));
    return payload === undefined ? {} : { inside: explainOr(payload, part) };
  }
  const item = findStruct(type.replace(/^list of /, ''));
  if (item === undefined || !Array.isArray(part) || part.length === 0) return {};
  const items = (part as readonly Plain[]).slice(0, SHOWN_ITEMS).map((each) => annotate(item, each));
  const rest = part.length - items.length;
  return {
    inside: {
      what: `${part.length} of ${item.name}`,
      does: rest > 0 ? `the first ${items.length} of them` : 'each of them',
      spec: SPEC,
      fields: items.map((each, i) => ({ path: `[${i}]`, value: oneLine(each), does: '', inside: each })),
      checks: [],
    },
  };
}

function oneLine({ fields }: Explained): string {
  return fields.map(({ path, value }) => `${path} ${String(value)}`).join(', ');
}

/** Which struct the bytes of a payload are, by the kind beside them. */
function payloadStruct(struct: string, field: string, kind: number): AnyStruct | undefined {
  if (field !== 'payload') return undefined;
  if (struct === 'MerkleNode') return (MERKLE_NODE_PAYLOADS as unknown as Record<number, AnyStruct | undefined>)[kind];
  if (struct === 'CapScope') return (SCOPE_STRUCTS as unknown as Record<number, AnyStruct | undefined>)[kind];
  return undefined;
}

function explainOr(struct: AnyStruct, bytes: Uint8Array): Explained {
  try {
    return explainStruct(struct, bytes);
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return { what: 'bytes', does: `no ${struct.name}: ${error.message}`, spec: SPEC, fields: [], checks: [] };
  }
}

function idOf(struct: AnyStruct, value: Plain): string | undefined {
  try {
    return formatHex(structId(struct, value));
  } catch (error) {
    if (error instanceof GatosError) return undefined;
    throw error;
  }
}

/** Do id and signature hold? Entries that name no signer can be judged only beside what names one. */
function checksOf(struct: AnyStruct, value: Plain): readonly Check[] {
  const { id, signature, signer } = struct.identified;
  const checks: Check[] = [];
  if (id !== undefined)
    checks.push(checked('id', struct.name, 'the id is that of the content', () => checkStructId(struct, value)));
  if (signature !== undefined && signer !== undefined && value[signature] !== undefined) {
    const engine = nobleEngine();
    const body = () => checkStruct(struct as never, value as never, { engine });
    checks.push(checked('signature', struct.name, 'the signature is of the key that it names', body));
  }
  return checks;
}

function checked(name: string, subject: string, holds: string, body: () => unknown): Check {
  try {
    body();
    return passed(name, subject, holds);
  } catch (error) {
    if (error instanceof GatosError) return failed(name, subject, error);
    throw error;
  }
}

export interface Candidate {
  readonly struct: AnyStruct;
  /** More is better. */
  readonly rank: number;
}

/** MYTHOS-CAN of a map starts so; every struct is one. */
const MAP_TAG = 0x08;

/**
 * The structs that bytes can be, the likeliest first: all required fields there, nothing that the table does not know, and the id, where
 * one is stated, that of the content.
 */
export function recogniseStruct(bytes: Uint8Array): readonly Candidate[] {
  if (bytes[0] !== MAP_TAG) return [];
  const found: Candidate[] = [];
  for (const struct of STRUCTS) {
    const rank = rankOf(struct, bytes);
    if (rank !== null) found.push({ struct, rank });
  }
  return found.sort((a, b) => b.rank - a.rank);
}

function rankOf(struct: AnyStruct, bytes: Uint8Array): number | null {
  try {
    const value = decodeStruct(struct, bytes, { maxBytes: bytes.length }) as Plain;
    if (value.unknown !== undefined) return null;
    // What is empty is any of them, and none.
    const present = struct.members.filter(({ name }) => value[name] !== undefined);
    if (present.length === 0 || encodeStruct(struct, value).length !== bytes.length) return null;
    const { id, signature, signer } = struct.identified;
    if (id !== undefined) checkStructId(struct, value);
    if (signature !== undefined && signer !== undefined)
      checkStruct(struct as never, value as never, { engine: nobleEngine() });
    const proven = (id === undefined ? 0 : 1000) + (signature === undefined ? 0 : 500);
    const absent = struct.members.length - present.length;
    const payload = hasPayload(struct, value) ? 100 : 0;
    return proven + payload + 10 * present.filter(({ optional }) => !optional).length - absent;
  } catch (error) {
    if (error instanceof GatosError) return null;
    throw error;
  }
}

/** Is the payload one of those that its kind says? A node and a scope look alike otherwise. */
function hasPayload(struct: AnyStruct, value: Plain): boolean {
  const payload = payloadStruct(struct.name, 'payload', Number(value.kind));
  if (payload === undefined || !(value.payload instanceof Uint8Array)) return false;
  try {
    return (decodeStruct(payload, value.payload) as Plain).unknown === undefined;
  } catch (error) {
    if (error instanceof GatosError) return false;
    throw error;
  }
}
