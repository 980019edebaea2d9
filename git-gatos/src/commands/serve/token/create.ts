import { parseCapabilityId } from 'gatos-core';
import { SCOPES, Tokens } from 'gatosd';
import { defineCommand } from '../../../command/index.js';
import { parseDuration } from '../../../view/duration.js';
import { tokenLine, tokenValue } from '../../../view/token.js';
import { serveError } from '../errors.js';

const DEFAULT_LIFETIME = 30 * 86_400_000_000;

const scopes = Object.entries(SCOPES).map(([name, does]) => `    ${name.padEnd(18)} ${does}`);

function lifetime(text: string): number {
  const micros = parseDuration(text);
  if (micros === undefined || micros === 0) throw new Error('it takes a length of time such as 12h or 30d');
  return micros;
}

export const command = defineCommand({
  name: 'create',
  summary: 'make a token, and show it once',
  description: `
Makes 256 random bits, prints them once, and keeps their SHA-256. Whoever sends them as \`Authorization: Bearer TOKEN\` is let in on the actor's behalf, to what the scopes open:

${scopes.join('\n')}

Calls of tools need a capability for the agent of the server as well. A token may use those that its actor has issued to it, and those that are named here; one of whoever acts at the
server may use all of them.
`,
  options: {
    actor: { kind: 'text', required: true, placeholder: 'ACTOR', summary: 'for whom it speaks, such as `user:alice`' },
    scopes: { kind: 'list', of: 'text', placeholder: 'SCOPE,…', summary: 'what it opens', items: SCOPES },
    capability: {
      kind: 'list',
      of: 'text',
      placeholder: 'ID',
      complete: 'capabilities',
      summary: 'a capability that may be used although somebody else issued it',
    },
    expires: { kind: 'parsed', parse: lifetime, placeholder: 'TIME', summary: 'how long it counts; default: 30d' },
  },
  examples: [
    {
      command: 'git gatos serve token create --actor user:alice --scopes tools:call,effects:read',
      note: 'for a program of yours',
    },
    {
      command: 'git gatos serve token create --actor service:ci --scopes blobs:read,blobs:write --expires 1d',
      note: 'for blob sync',
    },
  ],
  exits: ['no', 'untrusted', 'mismatch', 'temporary'],
  seeAlso: ['serve', 'serve token revoke'],
  run: async (context, { actor, scopes: given, capability, expires = DEFAULT_LIFETIME }) => {
    const asked = given.flatMap((each) => each.split(',')).filter((each) => each !== '');
    // It could never be shown: what is kept is its hash.
    if (context.quiet && !context.json) throw serveError('quiet-token', {});
    if (asked.length === 0) throw serveError('no-scopes', {});
    for (const id of capability) parseCapabilityId(id);
    const { backend, repository } = await context.openRepository();
    const now = repository.ports.clock.now();
    const request = { actor, scopes: asked, capabilities: capability, lifetime: expires, now };
    const { secret, ...token } = await new Tokens(backend.commonDir).create(request);
    context.note(tokenLine(token, now));
    return {
      value: { ...tokenValue(token, now), token: secret },
      text: secret,
      next: ['keep it safe: it is not shown again', `take it back: git gatos serve token revoke ${token.id}`],
    };
  },
});
