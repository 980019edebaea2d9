/** What the doors share: how an answer of the gate is given to git, and to a person. */
import type { GateResult } from 'gatosd';
import type { Context } from '../../context.js';
import type { Answer } from '../../output/outcome.js';
import { exitNameOf } from '../../output/report.js';
import { visible } from '../../output/style.js';
import { judgementValue } from '../../view/judgement.js';

/**
 * As a hook answers: git shows standard error to whoever pushed, and standard output stays empty. Nothing silences it: a push that is
 * refused without a word helps nobody.
 */
export function hookAnswer({ stderr }: Context, result: GateResult): Answer {
  const { lines, exit } = result;
  if (lines.length > 0) stderr.write(`${lines.map(visible).join('\n')}\n`);
  return { value: judgementValue(result), text: '', exit: exitNameOf(exit) };
}

/** As a command answers: what is refused, and the verdict. */
export function checkAnswer({ colour }: Context, result: GateResult): Answer {
  const { lines, exit, judgement } = result;
  const verdict =
    judgement.verdict === 'allow' ? colour.green('✓ it would be accepted') : colour.red('✗ it would be refused');
  return { value: judgementValue(result), text: [...lines.map(visible), verdict], exit: exitNameOf(exit) };
}
