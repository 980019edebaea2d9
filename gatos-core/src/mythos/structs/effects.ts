/** What happened and who says so: receipts, attestations, the entries of the effect ledger (RFC-MYTHOS-0001 A.9–A.10, 0005 A). */

import { AGENT_ID, SIGNATURE } from './core.js';
import { bytes, code, hash, list, text, time, u16 } from './fields.js';
import { f, type Infer, opt, struct } from './struct.js';

export const RECEIPT = struct(
  'Receipt',
  {
    receipt_id: f(1, hash, 'SHA-256 of the receipt without fields 1 and 11'),
    tool_id: f(2, hash, 'the tool'),
    request_hash: f(3, hash, 'SHA-256 of the exact request bytes'),
    response_hash: f(4, hash, 'SHA-256 of the exact response bytes'),
    idempotency_key: f(5, bytes, 'the key of the caller; empty when there was none'),
    signer: f(6, AGENT_ID.field, 'who saw the effect'),
    time_observed: f(7, time, 'when'),
    status: f(8, u16, 'status of the response; 200 is done'),
    evidence: opt(9, list(hash), 'digests of what supports it'),
    notes: opt(10, text, 'for people'),
    signature: f(11, SIGNATURE.field, 'by the signer over the receipt id'),
  },
  { id: 'receipt_id', signature: 'signature', signer: 'signer' },
);
export type Receipt = Infer<typeof RECEIPT>;

export const ATTESTATION = struct(
  'Attestation',
  {
    attestation_id: f(1, hash, 'SHA-256 of the attestation without fields 1 and 8'),
    subject_hash: f(2, hash, 'what it is about'),
    claim_type: f(
      3,
      code({ 1: 'ContractPass', 2: 'EvalPass', 3: 'EvalMetric', 4: 'QuorumSignoff' }),
      'what is claimed',
    ),
    result: f(4, u16, 'how it came out'),
    evidence: opt(5, list(hash), 'digests of what supports it'),
    signer: f(6, AGENT_ID.field, 'who claims it'),
    time_observed: f(7, time, 'when'),
    signature: f(8, SIGNATURE.field, 'by the signer over the attestation id'),
    notes: opt(9, text, 'for people'),
  },
  { id: 'attestation_id', signature: 'signature', signer: 'signer' },
);
export type Attestation = Infer<typeof ATTESTATION>;

export const EFFECT_REGISTER = struct(
  'EffectRegister',
  {
    idem_id: f(1, hash, 'SHA-256 of tool id and idempotency key, one after the other'),
    tool_id: f(2, hash, 'the tool'),
    request_hash: f(3, hash, 'SHA-256 of the exact request bytes'),
    idempotency_key: f(4, bytes, 'the key of the caller'),
    owner: f(5, AGENT_ID.field, 'who holds the lease'),
    lease_expires_at: f(6, time, 'until when nobody else may invoke the tool'),
    time_observed: f(7, time, 'when it was registered'),
    signature: f(8, SIGNATURE.field, 'by the owner over the digest of fields 1 to 7'),
  },
  { signature: 'signature', signer: 'owner' },
);
export type EffectRegister = Infer<typeof EFFECT_REGISTER>;

export const EFFECT_COMMIT = struct(
  'EffectCommit',
  {
    idem_id: f(1, hash, 'SHA-256 of tool id and idempotency key, one after the other'),
    tool_id: f(2, hash, 'the tool'),
    request_hash: f(3, hash, 'SHA-256 of the exact request bytes'),
    response_hash: f(4, hash, 'SHA-256 of the exact response bytes'),
    receipt_id: f(5, hash, 'the receipt of the invocation'),
    status: f(6, u16, 'status of the response'),
    time_observed: f(7, time, 'when'),
    signature: f(8, SIGNATURE.field, 'by the owner of the register, who signed the receipt'),
  },
  { signature: 'signature' },
);
export type EffectCommit = Infer<typeof EFFECT_COMMIT>;

/** Why an idempotency id is divergent. */
export const DIVERGENCE = { requestHashConflict: 1, responseHashConflict: 2, multipleCommits: 3 } as const;

export const DIVERGENCE_MARK = struct(
  'DivergenceMark',
  {
    idem_id: f(1, hash, 'SHA-256 of tool id and idempotency key, one after the other'),
    tool_id: f(2, hash, 'the tool'),
    reason: f(3, code({ 1: 'RequestHashConflict', 2: 'ResponseHashConflict', 3: 'MultipleCommits' }), 'why'),
    evidence: f(4, list(hash), 'the digests that contradict one another'),
    time_observed: f(5, time, 'when it was seen'),
    signature: f(6, SIGNATURE.field, 'by who saw it'),
  },
  { signature: 'signature' },
);
export type DivergenceMark = Infer<typeof DIVERGENCE_MARK>;
