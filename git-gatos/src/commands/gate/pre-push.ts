import { prePush } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { hookAnswer } from './answer.js';

export const command = defineCommand({
  name: 'pre-push',
  summary: 'judge a push before it leaves, as the hook of a clone',
  description: `
What the \`pre-push\` hook runs: says before the push what the server would say, by the refs of the remote as they were last fetched. Nothing is recorded.
\`git gatos hooks install --client\` puts it in place; \`git push --no-verify\` goes past it, and the server judges all the same.
`,
  positionals: [
    { name: 'remote', kind: 'text', summary: 'the remote, as git names it to the hook' },
    { name: 'url', kind: 'text', summary: 'where it is' },
  ],
  examples: [{ command: 'git gatos gate pre-push -- "$1" "$2"', note: 'in a hook of your own, its input handed on' }],
  exits: ['no'],
  seeAlso: ['hooks install', 'gate check', 'githooks(5)'],
  run: async (context, { remote, url }) => {
    const { cwd, env, stdin, signal, progress } = context;
    return hookAnswer(context, await prePush({ cwd, env, remote, url, stdin: stdin.chunks(), signal, progress }));
  },
});
