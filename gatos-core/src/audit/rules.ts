/** The refs of the audit plane. */
import { type Envelope, type Rule, recordBody } from '../chain/index.js';
import { isGatosError } from '../kernel/index.js';
import { auditError } from './errors.js';
import { DENIAL_KIND, DENIALS, isUlid } from './schema.js';

function ulidIn(envelope: Envelope): string | null {
  try {
    return recordBody(envelope, 0, DENIAL_KIND).ulid;
  } catch (error) {
    // What is no denial is refused as that.
    if (isGatosError(error)) return null;
    throw error;
  }
}

export const DENIAL_RULE: Rule = {
  plane: 'audit',
  pattern: `${DENIALS}*`,
  movement: 'create-once',
  kinds: [DENIAL_KIND],
  summary: 'pushes that were refused, and why',
  admit: (envelope, chain) => {
    const { actor, count, kind } = envelope;
    if (!actor.startsWith('service:')) return auditError('not-a-service', { actor, chain });
    const id = chain.slice(DENIALS.length);
    if (!isUlid(id)) return auditError('misplaced', { chain, why: `\`${id}\` is not a ulid` });
    if (count !== 1) return auditError('misplaced', { chain, why: `it holds ${count} records` });
    const found = kind === DENIAL_KIND.kind ? ulidIn(envelope) : null;
    if (found === null || found === id) return null;
    return auditError('misplaced', { chain, why: `its record is \`${found}\`` });
  },
};

export const AUDIT_RULES: readonly Rule[] = [DENIAL_RULE];
