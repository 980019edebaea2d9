/** The signed objects of our pack of MYTHOS vectors. */
import { encodeCan } from '../src/codec/index.js';
import type { Signer } from '../src/identity/index.js';
import { utf8 } from '../src/kernel/index.js';
import {
  AGENT_ID,
  type AnyStruct,
  ATTESTATION,
  agentOf,
  CAPABILITY,
  CONST,
  DIVERGENCE,
  DIVERGENCE_MARK,
  encodeStruct,
  OPERAND,
  RECEIPT,
  SCOPE_KIND,
  SCOPE_STRUCTS,
  type ScopeKind,
  type ScopeName,
  SIGNAL,
  type Struct,
  type StructOf,
  sealStruct,
} from '../src/mythos/index.js';
import { NOON, named, signerOf } from './mythos-samples.js';

export interface PackObject {
  readonly id: string;
  readonly description: string;
  readonly requirement: string;
  readonly struct: AnyStruct;
  readonly value: object;
}

const HOUR = 3_600_000_000n;
const cid = named('blob');

/** One scope of each kind, with all of its fields. */
const SCOPES: { readonly [K in ScopeName]: StructOf<(typeof SCOPE_STRUCTS)[(typeof SCOPE_KIND)[K]]> } = {
  BlobRead: { cid, range_start: 4096n, range_len: 8192n },
  BlobWrite: { namespace: 'reports', max_size: 2n ** 33n, media_allow: ['text/plain', 'application/pdf'] },
  BlobPin: { cid, ttl_us: 86_400_000_000n },
  BlobDelete: { cid },
  ToolCall: { tool_id: named('tool'), max_calls: 300, constraints: { '/path': 'a', '/a/b': 'ü' } },
  TrainRun: { recipe_id: named('recipe'), max_jobs: 1, max_tokens: 2n ** 40n, max_gpu_ms: 0n },
  EvalRun: { suite_id: named('suite'), max_runs: 128 },
  DeployPromote: { ring_id: 255, policy_id: named('policy') },
  ComputeSpawn: { pool_id: named('pool'), max_workers: 8, max_cpu_us: 2n ** 64n - 1n, max_io: 4_294_967_295 },
  CellRead: { cell_id: named('cell'), key_prefix: new Uint8Array(0) },
  CellWrite: { cell_id: named('cell'), max_events: 0, event_type_allow: [1, 128, 16_384] },
};

const three = (n: number): string => String(n).padStart(3, '0');

async function capabilities(signer: Signer): Promise<readonly PackObject[]> {
  const out: PackObject[] = [];
  let parent: Uint8Array | undefined;
  for (const [name, kind] of Object.entries(SCOPE_KIND) as [ScopeName, ScopeKind][]) {
    const scope = { kind, payload: encodeStruct(SCOPE_STRUCTS[kind] as Struct<unknown>, SCOPES[name]) };
    const draft = {
      issuer: agentOf(signer.key),
      subject: { ...agentOf(signerOf('agent').key), hint: 'agent' },
      scope,
      not_before: NOON,
      expires_at: NOON + HOUR,
      delegable: kind % 2 === 1,
      // The second one is a part of the first, so that the optional fields are there once.
      ...(kind === 2 ? { attenuation_parent: parent, revocation_required: true } : {}),
    };
    const value = await sealStruct(CAPABILITY, draft, signer);
    parent = value.cap_id;
    out.push(
      object(`CAPABILITY_${three(kind)}`, CAPABILITY, value, `Capability with the scope ${name}.`, '0001 A.11, A.12'),
    );
  }
  return out;
}

function object<T>(id: string, struct: Struct<T>, value: T, description: string, section: string): PackObject {
  return {
    id,
    description,
    requirement: `RFC-MYTHOS-${section}`,
    struct: struct as unknown as AnyStruct,
    value: value as object,
  };
}

async function claims(signer: Signer): Promise<readonly PackObject[]> {
  const own = agentOf(signer.key);
  const claim = { subject_hash: named('subject'), signer: own, time_observed: NOON };
  const bare = await sealStruct(ATTESTATION, { ...claim, claim_type: 2, result: 0 }, signer);
  const full = await sealStruct(
    ATTESTATION,
    { ...claim, claim_type: 4, result: 65_535, evidence: [named('b'), named('a')], notes: 'four eyes' },
    signer,
  );
  const marks = await Promise.all(
    Object.values(DIVERGENCE).map((reason) =>
      sealStruct(
        DIVERGENCE_MARK,
        {
          idem_id: named('idem'),
          tool_id: named('tool'),
          reason,
          evidence: [named('one'), named('other')],
          time_observed: NOON,
        },
        signer,
      ),
    ),
  );
  return [
    object('ATTESTATION_001', ATTESTATION, bare, 'Attestation without optional fields.', '0001 A.10'),
    object('ATTESTATION_002', ATTESTATION, full, 'Attestation with all fields.', '0001 A.10'),
    ...marks.map((mark, i) =>
      object(
        `DIVERGENCE_${three(i + 1)}`,
        DIVERGENCE_MARK,
        mark,
        `DivergenceMark with reason ${mark.reason}.`,
        '0005 A',
      ),
    ),
  ];
}

const NULL = encodeCan(null);

async function oddities(signer: Signer): Promise<readonly PackObject[]> {
  const own = agentOf(signer.key);
  const old = {
    episode_id: named('episode'),
    signal_type: 1,
    value_kind: 0,
    value_bytes: new Uint8Array(0),
    signer: own,
    time_observed: -1n,
  };
  const receipt = {
    tool_id: named('tool'),
    request_hash: named('request'),
    response_hash: named('response'),
    idempotency_key: utf8(''),
    signer: own,
    time_observed: NOON,
    status: 200,
    evidence: [],
    unknown: [12n, 200n, 2n ** 40n].map((number) => [number, encodeCan(`field ${number}`)] as const),
  };
  const numbers = [127n, 128n, 255n, 256n, 129n, 300n];
  const many = { scheme: 1, key: signer.key, unknown: numbers.map((number) => [number, NULL] as const) };
  const least = { kind: 1, i64: -(2n ** 63n) };
  return [
    object('NEGATIVE_001', SIGNAL, await sealStruct(SIGNAL, old, signer), 'A time before 1970: -1 µs.', '0001 A.2'),
    object('NEGATIVE_002', CONST, least, 'The least signed integer of 64 bits.', '0001 section 7.1'),
    object(
      'NEGATIVE_003',
      OPERAND,
      { kind: 5, i64: -64n },
      'The last negative number in one byte.',
      '0001 section 7.1',
    ),
    object('NEGATIVE_004', OPERAND, { kind: 5, i64: -65n }, 'The first negative number in two.', '0001 section 7.1'),
    object(
      'UNKNOWN_001',
      RECEIPT,
      await sealStruct(RECEIPT, receipt, signer),
      'Receipt with fields that its table does not have, which are part of its id, and with an empty list of evidence.',
      '0001 section 7.2',
    ),
    object(
      'FIELDS_001',
      AGENT_ID,
      many,
      'Field numbers in the order of their encoded bytes: 1, 2, 127, 128, 256, 129, 300, 255.',
      '0001 section 7.2',
    ),
  ];
}

/** Attestations, capabilities of every kind, marks of divergence, negative integers, unknown fields. */
export async function packObjects(signer: Signer): Promise<readonly PackObject[]> {
  return [...(await claims(signer)), ...(await capabilities(signer)), ...(await oddities(signer))];
}
