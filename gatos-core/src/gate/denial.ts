/** Recording what the gate refused. */
import { type DenialAuthor, type NewDenial, type RecordedDenial, writeDenial } from '../audit/index.js';
import type { WriterPorts } from '../chain/index.js';
import { isOid, type Oid } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { cidOf, type Judgement, type Refusal } from './judgement.js';
import type { Push } from './push.js';
import { plainLine } from './text.js';

export interface DenialRequest {
  readonly push: Push;
  /** Its verdict is `deny`. */
  readonly judgement: Judgement;
  /** Denials before this one that were not recorded. */
  readonly suppressed?: number | undefined;
}

function refusalOf({ ref, rule, what, why, pass, because }: Refusal): NewDenial['refusals'][number] {
  const lines = (items: readonly string[]) => items.slice(0, LIMITS.denialReasons).map((item) => plainLine(item));
  return {
    ref: ref === null ? null : plainLine(ref),
    rule: plainLine(rule),
    what: plainLine(what),
    why: lines(why),
    pass: lines(pass),
    because: because === null ? null : plainLine(because),
  };
}

/** A push that was none may hold anything; what was wrong with it stands in the refusal. */
function oidOrNull(text: Oid | null): Oid | null {
  return text !== null && (isOid(text, 'sha1') || isOid(text, 'sha256')) ? text : null;
}

function attached(bytes: Uint8Array | null): NewDenial['input'] {
  const cid = cidOf(bytes);
  return bytes === null || cid === null ? null : { cid, bytes };
}

/**
 * Records a refused push on a ref of its own, bounded: what does not fit is counted. `ports.backend` writes to the repository itself,
 * outside of any quarantine. Throws `audit/not-a-service`, `trust/*` for a key that may not, and as `append`; the refusal stands.
 */
export function recordDenial(
  ports: WriterPorts,
  author: DenialAuthor,
  { push, judgement, suppressed = 0 }: DenialRequest,
): Promise<RecordedDenial> {
  const { refusals, policyRoot, codeRoot, signers = [] } = judgement;
  const updates = push.updates.slice(0, LIMITS.denialUpdates);
  const listed = refusals.slice(0, LIMITS.denialRefusals);
  return writeDenial(ports, author, {
    time: Number.isSafeInteger(push.received) ? Math.max(0, push.received) : 0,
    pusher: push.pusher === null ? null : plainLine(push.pusher),
    updates: updates.map(({ name, old, next }) => ({
      ref: plainLine(name),
      old: oidOrNull(old),
      new: oidOrNull(next),
    })),
    more_updates: push.updates.length - updates.length,
    signers: signers.slice(0, LIMITS.denialSigners).map((key) => plainLine(key)),
    refusals: listed.map(refusalOf),
    more_refusals: refusals.length - listed.length,
    policy_root: policyRoot,
    policy_code_root: codeRoot,
    input: attached(judgement.input),
    decision: attached(judgement.decision),
    suppressed,
  });
}
