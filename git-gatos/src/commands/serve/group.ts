import { defineGroup } from '../../command/index.js';
import { group as token } from './token/group.js';

const SUMMARY = 'answer programs over HTTP: tools, ledger, blobs, capabilities';

export const group = defineGroup({
  name: 'serve',
  summary: SUMMARY,
  description: `
Answers programs over HTTP, and makes the tokens with which they ask.
`,
  alone: { name: 'serve', summary: SUMMARY, load: () => import('./start.js') },
  commands: [token],
});
