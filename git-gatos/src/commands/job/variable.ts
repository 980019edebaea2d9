/** `NAME=VALUE`. */
import { cliError } from '../../errors.js';

/** Throws `cli/bad-value`. */
export function variableIn(text: string): readonly [name: string, value: string] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text);
  if (match === null)
    throw cliError('bad-value', {
      command: 'git gatos run',
      name: '--env',
      value: text,
      want: 'it takes a variable with its value, such as SEED=42',
    });
  return [match[1] ?? '', match[2] ?? ''];
}
