/** Vectors of signed objects: receipts, and the register and commit of an effect. */
import { sha256 } from '#hash';
import { formatHex, type JsonValue, parseHex } from '../../codec/index.js';
import { bytesEqual, concatBytes, utf8 } from '../../kernel/index.js';
import {
  EFFECT_COMMIT,
  EFFECT_REGISTER,
  type EffectCommit,
  type EffectRegister,
  RECEIPT,
  type Receipt,
} from '../structs/effects.js';
import { checkStruct, ED25519 } from '../structs/seal.js';
import { decodeStruct, encodeStruct } from '../structs/struct.js';
import { packError } from './errors.js';
import type { VectorCase } from './vector-case.js';

type Json = Readonly<Record<string, JsonValue>>;

/** What the published pack takes as the id of its tool. */
const ECHO = sha256(utf8('tool:echo'));

/** A ToolID is the digest of a definition; one of a name says nothing about the tool. */
function remarkToolId(at: VectorCase, toolId: Uint8Array): void {
  if (bytesEqual(toolId, ECHO)) at.remark('the tool id is SHA-256 of the text `tool:echo`, not of a ToolDef');
}

async function remarkKey(at: VectorCase, what: string, key: Uint8Array): Promise<void> {
  const known = await at.publicKey();
  if (known !== undefined) at.same(what, 'keys', formatHex(known), key);
}

/** A receipt: made anew from its JSON, its id, its signature over the raw id. */
export async function checkReceipt(at: VectorCase): Promise<void> {
  const bytes = await at.bytes('bin');
  const receipt = decodeStruct(RECEIPT, bytes);
  const json = await at.json('json');
  const made = at.readable('json', () => receiptOf(json, receipt));
  at.sameBytes('bin', bytes, encodeStruct(RECEIPT, made));
  const id = checkStruct(RECEIPT, receipt, { engine: at.ports.engine });
  at.expected('receipt_id', id);
  if (at.has('receipt_id_hex')) at.same('receipt_id', at.path('receipt_id_hex'), await at.hex('receipt_id_hex'), id);
  at.pass('signature', 'Receipt', 'it holds over the receipt id');
  await remarkKey(at, 'signer', receipt.signer.key);
  remarkToolId(at, receipt.tool_id);
}

function hexOf(json: Json, name: string): Uint8Array {
  const value = json[name];
  if (typeof value !== 'string') throw packError('unknown', { why: `the JSON has no text \`${name}\`` });
  return parseHex(value);
}

function integerOf(json: Json, name: string): number {
  const value = json[name];
  if (typeof value !== 'number') throw packError('unknown', { why: `the JSON has no number \`${name}\`` });
  return value;
}

/** The JSON leaves out what means nothing: the hint of the signer is taken from the bytes. */
function receiptOf(json: Json, { signer }: Receipt): Receipt {
  return {
    receipt_id: hexOf(json, 'receipt_id'),
    tool_id: hexOf(json, 'tool_id'),
    request_hash: hexOf(json, 'request_hash'),
    response_hash: hexOf(json, 'response_hash'),
    idempotency_key: hexOf(json, 'idempotency_key'),
    signer: { ...signer, scheme: ED25519, key: hexOf(json, 'signer_pub') },
    time_observed: BigInt(integerOf(json, 'time_us')),
    status: integerOf(json, 'status'),
    signature: { alg: ED25519, sig_bytes: hexOf(json, 'signature') },
  };
}

/** The register and the commit of one idempotency key, and that they belong together. */
export async function checkLedger(at: VectorCase): Promise<void> {
  const registerBytes = await at.bytes('register_bin');
  const commitBytes = await at.bytes('commit_bin');
  const register = decodeStruct(EFFECT_REGISTER, registerBytes);
  const commit = decodeStruct(EFFECT_COMMIT, commitBytes);
  at.sameBytes('register_bin', registerBytes, encodeStruct(EFFECT_REGISTER, register));
  at.sameBytes('commit_bin', commitBytes, encodeStruct(EFFECT_COMMIT, commit));
  const idem = sha256(concatBytes([register.tool_id, register.idempotency_key]));
  at.expected('idempotency_id', idem);
  if (at.has('idemid_hex')) at.same('idempotency_id', at.path('idemid_hex'), await at.hex('idemid_hex'), idem);
  checkTogether(at, { register, commit, idem });
  const { engine } = at.ports;
  const registerId = checkStruct(EFFECT_REGISTER, register, { engine });
  const commitId = checkStruct(EFFECT_COMMIT, commit, { engine, by: register.owner });
  at.pass('signature', 'EffectRegister', 'it holds over its id');
  at.pass('signature', 'EffectCommit', 'it holds over its id');
  at.remark('an EffectCommit names no signer: its signature was checked with the owner of the register');
  await remarkKey(at, 'owner', register.owner.key);
  remarkToolId(at, register.tool_id);
  if (at.has('json')) await compareJson(at, { register, registerId, commitId, idem });
}

interface Pair {
  readonly register: EffectRegister;
  readonly commit: EffectCommit;
  readonly idem: Uint8Array;
}

function checkTogether(at: VectorCase, { register, commit, idem }: Pair): void {
  const where = at.path('commit_bin');
  at.same('idem_id', at.path('register_bin'), register.idem_id, idem);
  at.same('idem_id', where, commit.idem_id, idem);
  at.same('tool_id', where, commit.tool_id, register.tool_id);
  at.same('request_hash', where, commit.request_hash, register.request_hash);
}

interface Ids {
  readonly register: EffectRegister;
  readonly registerId: Uint8Array;
  readonly commitId: Uint8Array;
  readonly idem: Uint8Array;
}

async function compareJson(at: VectorCase, { register, registerId, commitId, idem }: Ids): Promise<void> {
  const json = await at.json('json');
  const wanted: Readonly<Record<string, JsonValue | Uint8Array>> = {
    idempotency_id: idem,
    idempotency_key: register.idempotency_key,
    tool_id: register.tool_id,
    lease_expires_us: Number(register.lease_expires_at),
    register_id_recommended: registerId,
    commit_id_recommended: commitId,
  };
  for (const [name, value] of Object.entries(wanted))
    if (json[name] !== undefined) at.same(name, at.path('json'), json[name], value);
}
