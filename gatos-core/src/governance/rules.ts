/** The refs of governance. All but the uses of a grant are written once: one envelope with one record. */
import { type Envelope, type RecordKind, type Rule, recordBody } from '../chain/index.js';
import { actorToRefComponent } from '../identity/index.js';
import { type GatosError, isGatosError } from '../kernel/index.js';
import { governanceError } from './errors.js';
import { APPROVALS, CONSENSUS, componentOf, GRANTS, isUlid, PROPOSALS, REVOCATIONS, USES, ulidOf } from './names.js';
import { APPROVAL_KIND, CONSENSUS_KIND, GRANT_KIND, PROPOSAL_KIND, REVOCATION_KIND, USE_KIND } from './schema.js';

type Why = string | null;

function misplaced(chain: string, why: Why): GatosError | null {
  return why === null ? null : governanceError('misplaced', { chain, why });
}

function namedByUlid(chain: string): Why {
  return isUlid(componentOf(chain)) ? null : `\`${componentOf(chain)}\` is not a ulid`;
}

/** One envelope is what the movement allows; it holds one record. */
function alone({ count }: Envelope): Why {
  return count === 1 ? null : `it holds ${count} records`;
}

interface Repeating<T> {
  readonly kind: RecordKind<T>;
  /** Why the body does not fit the place of its envelope; null when it does. */
  fault(body: T): Why;
}

/** What the body repeats of its place. What is no body of this kind is refused as such. */
function repeats<T>(envelope: Envelope, { kind, fault }: Repeating<T>): Why {
  if (envelope.kind !== kind.kind) return null;
  try {
    return fault(recordBody(envelope, 0, kind));
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

/** The body says the ulid that its chain is named after. */
function ulidIn(chain: string): (body: { readonly ulid: string }) => Why {
  return ({ ulid }) => (ulid === componentOf(chain) ? null : `its record is \`${ulid}\``);
}

/** `<ulid>.<actor component>`, of the actor whose envelope it is. */
function namedByApprover({ actor }: Envelope, chain: string): Why {
  const want = `${ulidOf(chain)}.${actorToRefComponent(actor)}`;
  if (!isUlid(ulidOf(chain))) return `\`${componentOf(chain)}\` does not start with a ulid`;
  return componentOf(chain) === want ? null : `it is by \`${actor}\``;
}

export const PROPOSAL_RULE: Rule = {
  plane: 'governance',
  pattern: `${PROPOSALS}*`,
  movement: 'create-once',
  kinds: [PROPOSAL_KIND],
  summary: 'what is proposed, and who has to agree',
  admit: (envelope, chain) =>
    misplaced(
      chain,
      namedByUlid(chain) ?? alone(envelope) ?? repeats(envelope, { kind: PROPOSAL_KIND, fault: ulidIn(chain) }),
    ),
};

export const APPROVAL_RULE: Rule = {
  plane: 'governance',
  pattern: `${APPROVALS}*`,
  movement: 'create-once',
  kinds: [APPROVAL_KIND],
  summary: 'who agrees: one approval a principal',
  admit: (envelope, chain) => {
    const fault = ({ actor }: { actor: string }) => (actor === envelope.actor ? null : `its record is by \`${actor}\``);
    return misplaced(
      chain,
      namedByApprover(envelope, chain) ?? alone(envelope) ?? repeats(envelope, { kind: APPROVAL_KIND, fault }),
    );
  },
};

export const GRANT_RULE: Rule = {
  plane: 'governance',
  pattern: `${GRANTS}*`,
  movement: 'create-once',
  kinds: [GRANT_KIND],
  summary: 'what was granted, by the proof of consensus that it names',
  admit: (envelope, chain) => misplaced(chain, namedByUlid(chain) ?? alone(envelope)),
};

export const CONSENSUS_RULE: Rule = {
  plane: 'governance',
  pattern: `${CONSENSUS}*`,
  movement: 'create-once',
  kinds: [CONSENSUS_KIND],
  summary: 'proofs of consensus',
  admit: (envelope, chain) => misplaced(chain, namedByUlid(chain) ?? alone(envelope)),
};

export const REVOCATION_RULE: Rule = {
  plane: 'governance',
  pattern: `${REVOCATIONS}*`,
  movement: 'create-once',
  kinds: [REVOCATION_KIND],
  summary: 'what was revoked',
  admit: (envelope, chain) =>
    misplaced(
      chain,
      namedByUlid(chain) ?? alone(envelope) ?? repeats(envelope, { kind: REVOCATION_KIND, fault: ulidIn(chain) }),
    ),
};

export const USE_RULE: Rule = {
  plane: 'governance',
  pattern: `${USES}*`,
  movement: 'append-only',
  kinds: [USE_KIND],
  summary: 'uses of a grant, by whoever guards the gate',
  admit: ({ actor }, chain) => {
    if (!actor.startsWith('service:')) return governanceError('not-a-service', { actor, chain });
    return misplaced(chain, namedByUlid(chain));
  },
};

export const GOVERNANCE_RULES: readonly Rule[] = [
  PROPOSAL_RULE,
  APPROVAL_RULE,
  GRANT_RULE,
  CONSENSUS_RULE,
  REVOCATION_RULE,
  USE_RULE,
];
