/** One object of each sort that tests of MYTHOS objects start from, with a fixed key and clock. */
import { sha256 } from '#hash';
import { nobleSigner, type Signer } from '../src/identity/index.js';
import { utf8 } from '../src/kernel/index.js';
import {
  ATTESTATION,
  type Attestation,
  agentOf,
  CAPABILITY,
  type Capability,
  encodeStruct,
  type IrBundle,
  OPCODE,
  RECEIPT,
  type Receipt,
  sealStruct,
  TOOL_CALL_SCOPE,
} from '../src/mythos/index.js';

/** 2026-11-20T12:00:00Z in µs. */
export const NOON = 1_795_176_000_000_000n;

/** A digest of a name. */
export const named = (name: string): Uint8Array => sha256(utf8(name));

/** A signer of a name. */
export const signerOf = (name: string): Signer => nobleSigner({ seed: named(`seed of ${name}`), source: name });

export function sampleReceipt(more: Partial<Receipt> = {}): Promise<Receipt> {
  const signer = signerOf('gateway');
  const draft = {
    tool_id: named('tool'),
    request_hash: named('request'),
    response_hash: named('response'),
    idempotency_key: utf8('key'),
    signer: agentOf(signer.key),
    time_observed: NOON,
    status: 200,
    ...more,
  };
  return sealStruct(RECEIPT, draft, signer);
}

export function sampleAttestation(more: Partial<Attestation> = {}): Promise<Attestation> {
  const signer = signerOf('verifier');
  const draft = {
    subject_hash: named('subject'),
    claim_type: 4,
    result: 1,
    evidence: [named('evidence')],
    signer: agentOf(signer.key),
    time_observed: NOON,
    notes: 'four eyes',
    ...more,
  };
  return sealStruct(ATTESTATION, draft, signer);
}

export function sampleCapability(more: Partial<Capability> = {}): Promise<Capability> {
  const issuer = signerOf('issuer');
  const draft = {
    issuer: agentOf(issuer.key),
    subject: agentOf(signerOf('agent').key),
    scope: { kind: 5, payload: encodeStruct(TOOL_CALL_SCOPE, { tool_id: named('tool'), max_calls: 3 }) },
    not_before: NOON,
    expires_at: NOON + 3_600_000_000n,
    delegable: true,
    ...more,
  };
  return sealStruct(CAPABILITY, draft, issuer);
}

/** A bundle with one constant of each kind and one task. */
export function sampleBundle(): IrBundle {
  const author = agentOf(signerOf('author').key);
  return {
    meta: { spec: 'MYTHOS', version: 2, author, artifact_id: named('artifact'), signatures: [] },
    const_pool: {
      consts: [
        { kind: 1, i64: -5n },
        { kind: 2, u64: 7n },
        { kind: 3, bytes: new Uint8Array(300) },
        { kind: 4, text: 'hello' },
        { kind: 5, hash: named('constant') },
      ],
    },
    node_pool: { nodes: [] },
    types: { types: [] },
    symbols: { symbols: [] },
    contracts: { contracts: [] },
    tools: { tools: [] },
    ops: { ops: [{ opcode: OPCODE.HALT, operands: [] }] },
    tasks: {
      tasks: [
        {
          task_id: named('task'),
          entry_symbol: named('entry'),
          args: [{ kind: 5, i64: -1n }],
          budget: { cpu_us: 1000n, io_count: 1, state_writes: 0 },
          emit_trace: false,
          emit_attestation: false,
        },
      ],
    },
  };
}
