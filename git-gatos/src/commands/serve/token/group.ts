import { defineGroup } from '../../../command/index.js';

export const group = defineGroup({
  name: 'token',
  summary: 'make, list and revoke the tokens of the HTTP API',
  description: `
A token opens routes of the HTTP API to whoever has it, for a while. It is shown once; what is kept, in \`gatos/http/tokens.json\` in the git directory, is its SHA-256. It belongs to
this clone and travels nowhere.
`,
  commands: [
    { name: 'create', summary: 'make a token, and show it once', load: () => import('./create.js') },
    { name: 'list', summary: 'list tokens, without what is secret', load: () => import('./list.js') },
    { name: 'revoke', summary: 'let nobody in with a token any more', load: () => import('./revoke.js') },
  ],
});
