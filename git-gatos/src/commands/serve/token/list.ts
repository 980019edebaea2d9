import { Tokens } from 'gatosd';
import { defineCommand } from '../../../command/index.js';
import { tokenLine, tokenValue } from '../../../view/token.js';

export const command = defineCommand({
  name: 'list',
  summary: 'list tokens, without what is secret',
  description:
    'Lists the tokens of this clone, oldest first: their ids, for whom they speak, what they open, and until when they count.',
  examples: [{ command: 'git gatos serve token list', note: 'who may get in' }],
  exits: ['untrusted', 'mismatch'],
  seeAlso: ['serve token create', 'serve token revoke'],
  run: async (context) => {
    const { backend, repository } = await context.openRepository();
    const now = repository.ports.clock.now();
    const tokens = new Tokens(backend.commonDir).list();
    return {
      value: tokens.map((token) => tokenValue(token, now)),
      text: tokens.length === 0 ? 'no tokens' : tokens.map((token) => tokenLine(token, now)),
      ...(tokens.length === 0
        ? { next: ['make one: git gatos serve token create --actor ACTOR --scopes SCOPES'] }
        : {}),
    };
  },
});
