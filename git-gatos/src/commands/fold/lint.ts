import { lintFold } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { visible } from '../../output/style.js';
import { DIR_OPTION, findBundle } from './bundle.js';

export const command = defineCommand({
  name: 'lint',
  summary: 'say what the sandbox refuses',
  description:
    'Checks a fold without running it: what is not deterministic or not in the sandbox, where, and what to use instead.',
  positionals: [{ name: 'name', kind: 'text', summary: 'name of the fold', complete: 'folds' }],
  options: { dir: DIR_OPTION },
  examples: [{ command: 'git gatos fold lint sum', note: 'before the first run' }],
  exits: ['no', 'missing'],
  seeAlso: ['fold new', 'fold run'],
  run: async (context, { name, dir }) => {
    const workspace = await context.openRepository();
    const findings = lintFold((await findBundle(workspace, { name, dir })).source);
    const text = findings.flatMap(({ rule, line, column, message, alternative }) => [
      `fold.mjs:${line}:${column} ${context.colour.red(rule)} ${visible(message)}`,
      ...(alternative === '' ? [] : [`    ${context.colour.cyan('instead:')} ${visible(alternative)}`]),
    ]);
    const refused = findings.some(({ severity }) => severity === 'error');
    return {
      value: findings,
      text: text.length === 0 ? 'nothing to complain about' : text,
      exit: refused ? 'no' : 'ok',
    };
  },
});
