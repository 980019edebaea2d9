/** Judging a refused push again from what was recorded of it: on any machine, from a clone. */
import { checkDenial, type Denial, readDenial, type StoredDenial } from '../audit/index.js';
import { decode, formatJson, type JsonValue } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { bytesEqual, type GatosError, isGatosError, LIMITS } from '../kernel/index.js';
import {
  type Decision,
  decodeDecision,
  type Explanation,
  encodeDecision,
  explain,
  openPolicyByRoot,
} from '../policy/index.js';

export interface DenialExplanation {
  readonly denial: Denial;
  /**
   * `same`: the policy that was in force gives the same decision, byte for byte. `different`: it does not. `no-policy`: the push was
   * refused by the rules that hold everywhere, without asking a policy. `not-kept`: the document was too large to be kept.
   * `unknown`: it could not be judged again.
   */
  readonly outcome: 'same' | 'different' | 'no-policy' | 'not-kept' | 'unknown';
  /** As it was recorded. */
  readonly decision: Decision | null;
  /** As it was judged again. */
  readonly again: Decision | null;
  /** Names of the fields that differ, with both values. */
  readonly differences: readonly { readonly field: string; readonly recorded: string; readonly again: string }[];
  /** How each firing followed, and what would have made the push pass. */
  readonly explanations: readonly Explanation[];
  /** Why it could not be judged again. */
  readonly fault: GatosError | null;
}

const NOTHING = { decision: null, again: null, differences: [], explanations: [], fault: null } as const;

/** Throws `audit/no-denial`, `audit/bad-denial` for one that contradicts itself, and as the git port. */
export async function explainDenial(ports: { readonly backend: GitBackend }, id: string): Promise<DenialExplanation> {
  const stored = await readDenial(ports.backend, id);
  const { body: denial, decision: recorded } = stored;
  checkDenial(stored);
  if (recorded === null) return { ...NOTHING, denial, outcome: 'no-policy' };
  const decision = decodeDecision(recorded);
  if (stored.input === null || denial.policy_root === null)
    return { ...NOTHING, denial, decision, outcome: 'not-kept' };
  try {
    return { denial, decision, ...(await judgeAgain(ports.backend, stored, { decision, recorded })), fault: null };
  } catch (fault) {
    if (!isGatosError(fault)) throw fault;
    return { ...NOTHING, denial, decision, outcome: 'unknown', fault };
  }
}

async function judgeAgain(
  backend: GitBackend,
  { body, input }: StoredDenial,
  { decision, recorded }: { readonly decision: Decision; readonly recorded: Uint8Array },
): Promise<Pick<DenialExplanation, 'outcome' | 'again' | 'differences' | 'explanations'>> {
  if (input === null || body.policy_root === null) return { ...NOTHING, outcome: 'not-kept' };
  const { machine } = await openPolicyByRoot(backend, body.policy_root);
  const document = decode(input, { maxBytes: LIMITS.policyInputBytes }) as JsonValue;
  const again = machine.evaluate(document);
  const explanations = explain(machine, document);
  if (bytesEqual(encodeDecision(again), recorded)) return { outcome: 'same', again, differences: [], explanations };
  return { outcome: 'different', again, differences: differencesOf(decision, again), explanations };
}

function differencesOf(recorded: Decision, again: Decision): DenialExplanation['differences'] {
  const shown = (value: unknown): string => {
    if (value === undefined) return 'none';
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? String(value)
      : formatJson(value as JsonValue, { sorted: true });
  };
  const fields = [...new Set([...Object.keys(recorded), ...Object.keys(again)])] as (keyof Decision)[];
  return fields.flatMap((field) => {
    const [before, after] = [shown(recorded[field]), shown(again[field])];
    return before === after ? [] : [{ field, recorded: before, again: after }];
  });
}
