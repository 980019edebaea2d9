/** Vectors of encodings: values against the JSON beside them, structs of a name, and bytes that have to be refused. */
import { sha256 } from '#hash';
import {
  CanMap,
  CanSigned,
  type CanValue,
  canOfJson,
  decodeCan,
  encodeCan,
  formatJson,
  type JsonValue,
  parseHex,
} from '../../codec/index.js';
import { GatosError } from '../../kernel/index.js';
import { readBundle } from '../packets/bundle.js';
import { decodePacket } from '../packets/wire.js';
import type { AgentId, Signature } from '../structs/core.js';
import { NODE_KIND } from '../structs/merkle.js';
import { checkStruct, checkStructId } from '../structs/seal.js';
import { decodeStruct, encodeStruct, type Member, structJson } from '../structs/struct.js';
import { type AnyStruct, findStruct, STRUCTS } from '../structs/table.js';
import { readChunkNode } from '../trees/chunk-node.js';
import { readListNode } from '../trees/merkle-list.js';
import { readNode } from '../trees/merkle-node.js';
import { packError } from './errors.js';
import type { VectorCase } from './vector-case.js';

/** The struct Hash is no entry of the table, because nothing of ours holds it as an object. */
const HASH_MEMBERS: readonly Pick<Member, 'name' | 'number' | 'type'>[] = [
  { name: 'alg', number: 1, type: 'u8' },
  { name: 'bytes', number: 2, type: 'bytes' },
];

type Members = readonly Pick<Member, 'name' | 'number' | 'type'>[];

/** The tables of fields that a JSON object could be of: those that have a field for each of its keys. */
function tablesOf(keys: readonly string[]): readonly Members[] {
  return [HASH_MEMBERS, ...STRUCTS.map(({ members }) => members)].filter((members) =>
    keys.every((key) => members.some(({ name }) => name === key)),
  );
}

function fieldValue(type: string, value: JsonValue): CanValue {
  if (typeof value === 'string' && type === 'bytes') return parseHex(value);
  if (typeof value === 'string' && type === 'Hash')
    return new CanMap([
      [1n, 1n],
      [2n, parseHex(value)],
    ]);
  if (typeof value === 'number' && (type.startsWith('i64') || type.startsWith('time')))
    return new CanSigned(BigInt(value));
  return canOfJson(value);
}

function bytesOfTable(members: Members, json: Readonly<Record<string, JsonValue>>): Uint8Array {
  const entries = Object.entries(json).map(([key, value]): [CanValue, CanValue] => {
    const member = members.find(({ name }) => name === key) as Members[number];
    return [BigInt(member.number), fieldValue(member.type, value)];
  });
  return encodeCan(new CanMap(entries));
}

/** A value and the same as JSON: a struct when there is a table with these names, else a map with these keys. */
export async function checkCan(at: VectorCase): Promise<void> {
  const found = await at.bytes('bin');
  at.expected('sha256_of_bin', sha256(found));
  const json = await at.json('json');
  const made = at.readable('json', () => [
    ...tablesOf(Object.keys(json)).map((members) => bytesOfTable(members, json)),
    encodeCan(canOfJson(json)),
  ]);
  const equal = made.find((bytes) => bytes.length === found.length && bytes.every((byte, i) => byte === found[i]));
  at.sameBytes('bin', found, equal ?? (made[0] as Uint8Array));
  const again = encodeCan(decodeCan(found));
  at.sameBytes('bin', found, again);
}

/** A struct by its name: read strictly, written again, shown, its id, its signature. */
export async function checkNamedStruct(at: VectorCase): Promise<void> {
  const name = String(at.vector.expected.struct);
  const struct = findStruct(name);
  if (struct === undefined) throw packError('unknown', { why: `there is no struct \`${name}\`` });
  const bytes = await at.bytes('bin');
  at.expected('sha256_of_bin', sha256(bytes));
  const value = decodeStruct(struct, bytes);
  at.sameBytes('bin', bytes, encodeStruct(struct, value));
  if (at.has('json')) {
    const json = await at.json('json');
    at.same('view', at.path('json'), formatJson(json, { sorted: true }), sortedJson(structJson(struct, value)));
  }
  if (at.vector.expected.id !== undefined) at.expected('id', checkStructId(struct, value));
  if (struct.identified.signature !== undefined) await checkSignature(at, struct, value);
}

const sortedJson = (value: JsonValue): string => formatJson(value, { sorted: true });

/** The signature over the id: by the signer that the object names, else by the key of the pack. */
export async function checkSignature(at: VectorCase, struct: AnyStruct, value: object): Promise<void> {
  const { engine } = at.ports;
  const key = await at.publicKey();
  const field = struct.identified.signer;
  const named = field === undefined ? undefined : ((value as Record<string, unknown>)[field] as AgentId);
  if (named === undefined && key === undefined)
    throw packError('unknown', { why: `the ${struct.name} names no signer, and the pack has no key` });
  if (named === undefined)
    at.remark(`a ${struct.name} names no signer: its signature was checked with the key of the pack`);
  const by = named ?? { scheme: 1, key: key as Uint8Array };
  checkStruct(struct as never, value as never as { signature: Signature }, { engine, by });
  at.pass('signature', struct.name, 'it holds over the id');
}

/** Bytes that no reader may take: a value, a struct of a name, a node or a packet. */
export async function checkRefused(at: VectorCase): Promise<void> {
  const bytes = await at.bytes('bin');
  const wanted = String(at.vector.expected.error);
  const found = refusalOf(at, bytes);
  at.hold('refused', at.path('bin'), found === wanted, wanted, () =>
    packError('accepted', {
      file: at.path('bin'),
      wanted,
      found: found === undefined ? 'it is taken' : `it is refused with ${found}`,
    }),
  );
}

function refusalOf(at: VectorCase, bytes: Uint8Array): string | undefined {
  try {
    readAs(at, bytes);
    return undefined;
  } catch (error) {
    // What only this machine lacks is no verdict on the bytes.
    const isVerdict = error instanceof GatosError && error.code !== 'mythos/no-zstd' && !error.code.startsWith('pack/');
    if (isVerdict) return error.code;
    throw error;
  }
}

function readAs(at: VectorCase, bytes: Uint8Array): void {
  const { struct: name, form, framing } = at.vector.expected;
  if (form === 'packet') {
    const packet = decodePacket(bytes, { framing: framing === 'ctvp' ? 'ctvp' : 'spec' });
    readBundle(packet, { zstd: at.ports.zstd });
    return;
  }
  if (form === 'node') {
    const cid = sha256(bytes);
    const { kind } = readNode(cid, bytes);
    if (kind === NODE_KIND.listLeaf || kind === NODE_KIND.listInternal) readListNode(cid, bytes);
    else readChunkNode(cid, bytes);
    return;
  }
  if (name === undefined) {
    decodeCan(bytes);
    return;
  }
  const struct = findStruct(String(name));
  if (struct === undefined) throw packError('unknown', { why: `there is no struct \`${String(name)}\`` });
  decodeStruct(struct, bytes);
}
