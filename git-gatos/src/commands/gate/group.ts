import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'gate',
  summary: 'judge pushes: at the server, before they leave, in CI',
  description: `
One judgement, three doors: \`pre-receive\` at the server, \`pre-push\` in a clone, \`check\` in CI. All say the same of the same push: that history is only ever extended, that who
signed may sign, that proofs hold, and what the policy in force says. \`git gatos hooks install\` puts the first two in place.
`,
  commands: [
    { name: 'pre-receive', summary: 'judge a push at the server, as its hook', load: () => import('./pre-receive.js') },
    {
      name: 'pre-push',
      summary: 'judge a push before it leaves, as the hook of a clone',
      load: () => import('./pre-push.js'),
    },
    { name: 'check', summary: 'judge a range as a push of it would be judged', load: () => import('./check.js') },
    {
      name: 'serve',
      summary: 'keep a gate ready, so that pushes are judged quickly',
      load: () => import('./serve.js'),
    },
  ],
});
