/** The refs of the effect plane: indexes by the first digit of the id. */
import { type Envelope, type Rule, recordBody } from '../chain/index.js';
import { s } from '../codec/index.js';
import { effectError } from './errors.js';
import { EFFECTS, isShard, shardOf } from './names.js';
import { EFFECT_KINDS } from './schema.js';

function admit(envelope: Envelope, chain: string) {
  const misplaced = (why: string) => effectError('misplaced', { chain, why });
  if (!isShard(chain)) return misplaced('it is not named after one hexadecimal digit');
  // A response that is attached has one place.
  if (envelope.count !== 1) return misplaced(`an envelope holds ${envelope.count} records`);
  const { id } = recordBody(envelope, 0, { schema: s.value }) as { readonly id?: unknown };
  // What is no body of its kind is refused as that.
  if (!(id instanceof Uint8Array) || id.length === 0 || shardOf(id) === chain) return null;
  return misplaced(`its record belongs into \`${shardOf(id)}\``);
}

export const EFFECTS_RULE: Rule = {
  plane: 'effects',
  pattern: `${EFFECTS}*`,
  movement: 'append-only',
  kinds: EFFECT_KINDS,
  summary: 'effects on the outside world by idempotency id: leases, receipts, divergences',
  admit,
};

export const EFFECT_RULES: readonly Rule[] = [EFFECTS_RULE];
