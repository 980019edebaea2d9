import { checkRange } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { cliError } from '../../errors.js';
import { checkAnswer } from './answer.js';

export const command = defineCommand({
  name: 'check',
  summary: 'judge a range as a push of it would be judged',
  description: `
For CI on forges that run no hooks, and for trying: judges moving \`--ref\` along \`--range OLD..NEW\`, or with no range the \`OLD NEW REF\` lines on standard input. An id of
zeros stands for a ref that is not there. Nothing is recorded.

The exit status says which kind of rule refuses: 12 a policy, 14 rewritten or deleted history, 11 a signer, 13 a proof, 30 what could not be checked.
`,
  options: {
    range: { kind: 'text', placeholder: 'OLD..NEW', summary: 'what is pushed' },
    ref: { kind: 'text', placeholder: 'REF', summary: 'where to: a full name, or that of a branch', complete: 'refs' },
    remote: {
      kind: 'text',
      default: 'origin',
      placeholder: 'REMOTE',
      summary: 'whose refs are the accepted ones where this clone has none of its own',
      complete: 'remotes',
    },
  },
  examples: [
    { command: 'git gatos gate check --range origin/main..HEAD --ref main', note: 'in a pull request' },
    { command: 'git gatos gate check < push.txt', note: 'lines as of a pre-receive hook' },
  ],
  exits: ['no', 'denied', 'rewritten', 'untrusted', 'mismatch', 'unchecked'],
  seeAlso: ['gate pre-receive', 'policy eval'],
  run: async (context, { range, ref, remote }) => {
    const { cwd, env, stdin, signal, progress } = context;
    if (range === undefined && ref !== undefined) throw missing('--range', 'what is pushed');
    if (range !== undefined && ref === undefined) throw missing('--ref', 'where to');
    if (range === undefined && stdin.isTerminal) throw missing('--range', 'what is pushed');
    const what = range === undefined || ref === undefined ? { stdin: stdin.chunks() } : { range, ref };
    return checkAnswer(context, await checkRange({ cwd, env, what, remote, signal, progress }));
  },
});

function missing(option: string, summary: string) {
  return cliError('missing-option', { command: 'git gatos gate check', option, summary });
}
