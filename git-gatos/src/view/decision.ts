/** Decisions of policies in words. */
import type { Decision } from 'gatos-core';
import { visible } from '../output/style.js';
import { counted } from './count.js';

const place = ({ file, line, column }: { file: string; line: number; column: number }): string =>
  line === 0 ? `${file}@${column}` : `${file}:${line}:${column}`;

/** Explanations, rules that erred, the verdict; `explanations` are in text form. */
export function describeDecision(decision: Decision, explanations: readonly string[]): readonly string[] {
  const { verdict, fired, errors, uses, truncated = 0, gas } = decision;
  const denials = fired.filter(({ effect }) => effect === 'deny').length;
  const warnings = fired.length - denials;
  const reasons = [
    ...(denials > 0 ? [counted(denials, 'denial')] : []),
    ...(errors.length > 0 ? [`${counted(errors.length, 'rule')} that erred`] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(truncated > 0 ? [`${truncated} more that are not listed`] : []),
  ];
  return [
    ...explanations.flatMap((each) => [visible(each), '']),
    ...errors.flatMap((error) => [visible(`error in ${error.rule} at ${place(error)}: ${error.message}`), '']),
    ...(uses.length === 0 ? [] : [`it passes by ${counted(uses.length, 'grant')}: ${uses.join(', ')}`]),
    `${verdict}${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`} (${gas} gas)`,
  ];
}
