import { preReceive } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { hookAnswer } from './answer.js';

export const command = defineCommand({
  name: 'pre-receive',
  summary: 'judge a push at the server, as its hook',
  description: `
What the \`pre-receive\` hook runs: reads \`OLD NEW REF\` lines on standard input, judges the push by the rules of every plane and by the policy in force, records a denial on
\`refs/gatos/audit/policy/deny/\`, and exits with 0 or 1. Whatever goes wrong refuses. \`git gatos hooks install --server\` puts it in place.
`,
  examples: [{ command: 'git gatos gate pre-receive', note: 'by a hook of your own, its input handed on' }],
  exits: ['no'],
  seeAlso: ['hooks install', 'gate serve', 'policy explain', 'githooks(5)'],
  run: async (context) => {
    const { cwd, env, stdin, signal } = context;
    return hookAnswer(context, await preReceive({ cwd, env, stdin: stdin.chunks(), signal }));
  },
});
