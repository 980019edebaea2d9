import { Tokens } from 'gatosd';
import { defineCommand } from '../../../command/index.js';
import { tokenLine, tokenValue } from '../../../view/token.js';

export const command = defineCommand({
  name: 'revoke',
  summary: 'let nobody in with a token any more',
  description:
    'Counts at once, also for a server that runs: it reads the tokens anew when they have changed. Requests that were taken before are answered.',
  positionals: [{ kind: 'text', name: 'id', summary: 'of the token, as `serve token list` shows it' }],
  examples: [
    { command: 'git gatos serve token revoke 0c1f7b6de2a94835', note: 'when it has leaked, or is not needed' },
  ],
  exits: ['missing', 'untrusted', 'mismatch', 'temporary'],
  seeAlso: ['serve token list'],
  run: async (context, { id }) => {
    const { backend, repository } = await context.openRepository();
    const now = repository.ports.clock.now();
    const token = await new Tokens(backend.commonDir).revoke(id, { now });
    return { value: tokenValue(token, now), text: tokenLine(token, now) };
  },
});
