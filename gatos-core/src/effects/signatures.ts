/** Who signed the objects in a record: the owner of the lease its register, receipt and commit; whoever wrote a mark, the mark. */
import type { SignatureEngine } from '../identity/index.js';
import { bytesEqual, isGatosError } from '../kernel/index.js';
import {
  type AgentId,
  agentOf,
  checkStruct,
  DIVERGENCE_MARK,
  decodeStruct,
  EFFECT_COMMIT,
  EFFECT_REGISTER,
  RECEIPT,
  type Receipt,
  sameAgent,
} from '../mythos/index.js';
import type { Effect, Loose } from './entry.js';

type Why = string | null;

export interface SignedBy {
  readonly engine: SignatureEngine;
  /** The keys that sign the envelope. */
  readonly keys: readonly Uint8Array[];
}

/** Faults of objects are told in words. */
function fault(check: () => void): Why {
  try {
    check();
    return null;
  } catch (error) {
    if (isGatosError(error)) return `does not hold: ${error.message}`;
    throw error;
  }
}

function isAmong(agent: AgentId, keys: readonly Uint8Array[]): boolean {
  return keys.some((key) => sameAgent(agent, agentOf(key)));
}

/** Why an object that this record brings was signed by somebody else than it should; those that stood before it were looked at then. */
export function signatureFault(before: Effect | null, after: Effect, by: SignedBy): Why {
  return (
    registerFault(before, after, by) ??
    ownerFault(after, by) ??
    outcomeFault(before, after, by) ??
    marksFault(before, after, by)
  );
}

function registerFault(before: Effect | null, after: Effect, { engine, keys }: SignedBy): Why {
  if (before !== null && bytesEqual(before.body.register, after.body.register)) return null;
  if (!isAmong(after.register.owner, keys)) return 'has a register of somebody else than who signed it';
  return fault(() => checkStruct(EFFECT_REGISTER, after.register, { engine }));
}

/** An EffectCommit names no signer, so whoever holds the lease, and nobody else, commits (design 4.9); so with its end. */
function ownerFault({ kind, register }: Effect, { keys }: SignedBy): Why {
  if (kind !== 'effect.commit' && kind !== 'effect.ended') return null;
  return isAmong(register.owner, keys) ? null : 'is by somebody else than the owner of the lease';
}

function outcomeFault(before: Effect | null, after: Effect, { engine }: SignedBy): Why {
  const { outcome, body, kind, register } = after;
  if (outcome === null || body.outcome === null) return null;
  if (before?.body.outcome != null && bytesEqual(before.body.outcome.receipt, body.outcome.receipt)) return null;
  const { receipt, commit } = outcome;
  const own = kind === 'effect.commit';
  if (own && !sameAgent(receipt.signer, register.owner))
    return 'has a receipt of somebody else than the owner of the lease';
  return (
    fault(() => checkStruct(RECEIPT, receipt, { engine })) ??
    (commit === null ? null : fault(() => checkStruct(EFFECT_COMMIT, commit, { engine, by: register.owner })))
  );
}

function marksFault(before: Effect | null, { marks }: Effect, { engine, keys }: SignedBy): Why {
  for (const { opened, rival } of marks.slice(before?.marks.length ?? 0)) {
    const faults = keys.map((key) => fault(() => checkStruct(DIVERGENCE_MARK, opened, { engine, by: agentOf(key) })));
    if (!faults.includes(null)) return faults[0] ?? 'has a mark that nobody signed';
    if (rival === null) continue;
    const receipt = decodeStruct(RECEIPT, rival.receipt);
    if (!isAmong(receipt.signer, keys)) return 'has a receipt of somebody else than who marked it';
    const why = receiptFault(receipt, engine);
    if (why !== null) return why;
  }
  return null;
}

function receiptFault(receipt: Receipt, engine: SignatureEngine): Why {
  return fault(() => checkStruct(RECEIPT, receipt, { engine }));
}

/** As `signatureFault`, of a receipt by itself. */
export function looseFault({ receipt }: Loose, { engine, keys }: SignedBy): Why {
  return isAmong(receipt.signer, keys) ? receiptFault(receipt, engine) : 'is by somebody else than who signed it';
}
