/** The refs of the experiment plane. Each is written once: one envelope with one record. */
import { type Envelope, type RecordKind, type Rule, recordBody } from '../chain/index.js';
import { type GatosError, isGatosError } from '../kernel/index.js';
import { experimentError } from './errors.js';
import { componentOf, EXPERIMENTS, isExperimentId, REPRODUCTIONS } from './names.js';
import { EXPERIMENT_KIND, REPRODUCTION_KIND } from './schema.js';

/** Why an envelope has no place in a chain that is named after the ulid of its one record; null when it has. */
function fault<T extends { readonly ulid: string }>(
  envelope: Envelope,
  chain: string,
  kind: RecordKind<T>,
): string | null {
  const id = componentOf(chain);
  if (!isExperimentId(id)) return `\`${id}\` is not a ulid`;
  if (envelope.count !== 1) return `it holds ${envelope.count} records`;
  // What is of another kind, or no body of this one, is refused as such.
  if (envelope.kind !== kind.kind) return null;
  try {
    const { ulid } = recordBody(envelope, 0, kind);
    return ulid === id ? null : `its record is \`${ulid}\``;
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

function misplaced(chain: string, why: string | null): GatosError | null {
  return why === null ? null : experimentError('misplaced', { chain, why });
}

export const EXPERIMENT_RULE: Rule = {
  plane: 'experiments',
  pattern: `${EXPERIMENTS}*`,
  movement: 'create-once',
  kinds: [EXPERIMENT_KIND],
  summary: 'Proofs-of-Experiment',
  admit: (envelope, chain) => misplaced(chain, fault(envelope, chain, EXPERIMENT_KIND)),
};

export const REPRODUCTION_RULE: Rule = {
  plane: 'experiments',
  pattern: `${REPRODUCTIONS}*`,
  movement: 'create-once',
  kinds: [REPRODUCTION_KIND],
  summary: 'who ran an experiment again, and what came out',
  admit: (envelope, chain) => misplaced(chain, fault(envelope, chain, REPRODUCTION_KIND)),
};

export const EXPERIMENT_RULES: readonly Rule[] = [EXPERIMENT_RULE, REPRODUCTION_RULE];
