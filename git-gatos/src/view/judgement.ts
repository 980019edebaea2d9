/** What a gate answers, as data. */
import { cidOf, formatDigest, type Judgement } from 'gatos-core';

export function judgementValue({ judgement, audit }: { readonly judgement: Judgement; readonly audit: string | null }) {
  const { verdict, refusals, warnings, input, decision, policyRoot, codeRoot, uses } = judgement;
  return {
    verdict,
    refusals,
    warnings,
    policy_root: policyRoot,
    policy_code_root: codeRoot === null ? null : formatDigest(codeRoot),
    input: cidOf(input),
    decision: cidOf(decision),
    uses,
    audit,
  };
}
