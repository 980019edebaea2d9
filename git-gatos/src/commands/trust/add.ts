import { parseTime } from 'gatos-core';
import { loadPublicKey } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';
import { makeChange, OUT_OPTION } from './change.js';

export const command = defineCommand({
  name: 'add',
  summary: 'let a key speak for an actor',
  description: 'Adds a key. The actor may have several; a key belongs to one actor for ever.',
  positionals: [
    { name: 'actor', kind: 'text', summary: 'such as user:bob' },
    {
      name: 'key',
      kind: 'text',
      summary: 'ed25519:…, a line or file of OpenSSH, or the name of an own key',
      complete: 'files',
    },
  ],
  options: {
    from: { kind: 'parsed', placeholder: 'TIME', summary: 'valid from (RFC 3339, UTC)', parse: parseTime },
    until: { kind: 'parsed', placeholder: 'TIME', summary: 'valid until (RFC 3339, UTC)', parse: parseTime },
    out: OUT_OPTION,
  },
  examples: [{ command: 'git gatos trust add user:bob ~/bob.pub', note: 'from an OpenSSH public key' }],
  exits: ['no', 'untrusted', 'conflict'],
  seeAlso: ['trust revoke', 'trust rotate', 'trust sign'],
  run: async (context, { actor, key, from, until, out }) => {
    const bytes = await loadPublicKey({ source: key, env: context.env });
    const validity = {
      ...(from === undefined ? {} : { not_before: from }),
      ...(until === undefined ? {} : { not_after: until }),
    };
    return makeChange(context, { changes: [{ op: 'add-key', actor, key: bytes, ...validity }], out });
  },
});
