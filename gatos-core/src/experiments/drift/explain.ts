/** What may have made outputs drift: whatever differs before them. */
import { LIMITS } from '../../kernel/index.js';
import type { Difference } from './difference.js';
import { shown } from './shown.js';

const SHOWN_CAUSES = 3;
const DIGEST = / ?sha256:[0-9a-f]{64}$/;

/** `tool node` reads as `node`: the words of the table are for the table. */
function subject({ where, name }: Difference): string {
  if (where === 'input') return `input ${name}`;
  return where === 'environment' ? name.replace(/^(?:tool|library) /, '') : `program ${name}`;
}

/** CIDs and digests are too long to be read in a sentence. */
function short(value: string): string {
  return value.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/, '$1…').replace(/^(baf[ky][a-z2-7]{12})[a-z2-7]{43}/, '$1…');
}

function formatCause(difference: Difference): string {
  const { recorded, reproduced } = difference;
  const what = subject(difference);
  if (recorded === null) return `${what}, which was not there`;
  if (reproduced === null) return `${what}, which is missing`;
  const [before, now] = [recorded.replace(DIGEST, ''), reproduced.replace(DIGEST, '')];
  // One version with two digests is told by the digests.
  const told = before === now || before === '' || now === '' ? [short(recorded), short(reproduced)] : [before, now];
  return `${what} ${told.map(short).join(' vs ')}`;
}

/**
 * `explained by: node v22.1.0 vs v20.20.2` (recorded, then reproduced) when an output drifted and something differs before it; null when
 * nothing drifted, or when nothing that is recorded accounts for it. It names candidates in the order of the report; it proves no cause.
 */
export function explain(differences: readonly Difference[]): string | null {
  const first = differences.findIndex(({ where }) => where === 'output');
  if (first === -1) return null;
  const causes = differences.slice(0, first);
  if (causes.length === 0) return null;
  const more = causes.length - SHOWN_CAUSES;
  const named = causes.slice(0, SHOWN_CAUSES).map(formatCause).join(', ');
  return shown(`explained by: ${named}${more > 0 ? `, and ${more} more` : ''}`, 4 * LIMITS.driftValueBytes);
}
