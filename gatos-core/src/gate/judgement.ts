/** The answer of the gate: a verdict, and for each refusal what, by which rule, why, and what would make it pass. */
import { Cid, encode, type Value } from '../codec/index.js';
import type { Oid } from '../git/index.js';

export type Verdict = 'allow' | 'deny';

export interface Refusal {
  /** The ref that is refused; null: the push as a whole. */
  readonly ref: string | null;
  /** `gate/append-only`, `gate/proof-of-fold`, `policy/<id>`, … */
  readonly rule: string;
  /** What is refused, in one line. */
  readonly what: string;
  /** Why, with values. */
  readonly why: readonly string[];
  /** What would make it pass. */
  readonly pass: readonly string[];
  /** The decision that motivates the rule, such as a link to an ADR. */
  readonly because: string | null;
}

/** A grant without which the push would have been refused: to be recorded as used before the push is accepted. */
export interface GrantUse {
  /** ULID of the proposal. */
  readonly id: string;
  /** CID of the grant's record. */
  readonly grant: Cid;
  /** The move that it was needed for. */
  readonly ref: string;
  readonly old: Oid | null;
  readonly new: Oid | null;
  /** CID of the decision. */
  readonly decision: Cid;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** In the order of refs, then of what was found; empty when it is allowed. */
  readonly refusals: readonly Refusal[];
  /** What policies only warn of. */
  readonly warnings: readonly Refusal[];
  /** DAG-CBOR of the PolicyInput; null: no policy was asked. */
  readonly input: Uint8Array | null;
  /** As `encodeDecision` makes it; null: no policy was asked. */
  readonly decision: Uint8Array | null;
  readonly policyRoot: Cid | null;
  /** `policy_code_root` of the policy that was asked. */
  readonly codeRoot: Uint8Array | null;
  readonly uses: readonly GrantUse[];
  /** Keys that signed what was looked at, sorted: for the record, and no part of the answer. */
  readonly signers?: readonly string[] | undefined;
}

/** CID of the document or the decision. */
export function cidOf(bytes: Uint8Array | null): Cid | null {
  return bytes === null ? null : Cid.hash('dag-cbor', bytes);
}

const refusalValue = ({ ref, rule, what, why, pass, because }: Refusal): Value => ({
  ref,
  rule,
  what,
  why: [...why],
  pass: [...pass],
  because,
});

/** Canonical bytes: the same push at the same place and time gives the same at every door. */
export function encodeJudgement(judgement: Judgement): Uint8Array {
  const { verdict, refusals, warnings, input, decision, policyRoot, codeRoot, uses } = judgement;
  return encode({
    v: 1,
    verdict,
    refusals: refusals.map(refusalValue),
    warnings: warnings.map(refusalValue),
    input: cidOf(input),
    decision: cidOf(decision),
    policy_root: policyRoot,
    policy_code_root: codeRoot,
    uses: uses.map(({ id, grant, ref, old, new: next, decision: made }) => ({
      id,
      grant,
      ref,
      old,
      new: next,
      decision: made,
    })),
  });
}
