/** A judgement as plain lines: git puts `remote: ` in front of each, and shows them to whoever pushed. */
import { LIMITS } from '../kernel/index.js';
import type { Judgement, Refusal } from './judgement.js';
import { plainLine } from './text.js';

export interface FormatOptions {
  /** Id of the recorded denial; null: none was recorded. */
  readonly audit: string | null;
}

/** Lines without colour and control characters, and bounded. An allowed push says nothing but what policies warn of. */
export function formatRefusals({ verdict, refusals, warnings }: Judgement, { audit }: FormatOptions): string[] {
  const shown = refusals.slice(0, LIMITS.gateShownRefusals);
  const lines = shown.flatMap((refusal) => linesOf('refused', refusal));
  const more = refusals.length - shown.length;
  if (more > 0) lines.push(`and ${more} more refusals`);
  const warned = warnings.slice(0, LIMITS.gateShownRefusals);
  lines.push(...warned.flatMap((warning) => linesOf('warning', warning)));
  if (warnings.length > warned.length) lines.push(`and ${warnings.length - warned.length} more warnings`);
  if (verdict === 'deny') {
    const where =
      audit === null
        ? 'this denial was not recorded'
        : `denial ${plainLine(audit)}: \`git gatos policy explain ${plainLine(audit)}\``;
    lines.push(where);
  }
  return lines.map((line) => plainLine(line, LIMITS.gateLineUnits));
}

function linesOf(word: string, { what, rule, why, pass, because }: Refusal): string[] {
  const some = (label: string, items: readonly string[]): string[] => {
    const listed = items.slice(0, LIMITS.gateShownReasons).map((item) => `  ${label} ${item}`);
    return items.length > listed.length ? [...listed, `  ${label} and ${items.length - listed.length} more`] : listed;
  };
  return [
    `${word}: ${what}`,
    `  rule: ${rule}`,
    ...some('why: ', why),
    ...some('pass:', pass),
    ...(because === null ? [] : [`  see:  ${because}`]),
  ];
}
