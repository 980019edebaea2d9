import { loadPublicKey } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';
import { makeChange, OUT_OPTION } from './change.js';

export const command = defineCommand({
  name: 'rotate',
  summary: 'replace a key by another',
  description: 'Revokes the old key and adds the new one for the same actor, in one change.',
  positionals: [
    { name: 'old', kind: 'text', summary: 'the key in use', complete: 'keys' },
    { name: 'key', kind: 'text', summary: 'the new key', complete: 'keys' },
  ],
  options: { reason: { kind: 'text', default: 'rotated', placeholder: 'TEXT', summary: 'why' }, out: OUT_OPTION },
  examples: [{ command: 'git gatos trust rotate default laptop', note: 'sign with `laptop` from now on' }],
  exits: ['no', 'untrusted', 'conflict'],
  seeAlso: ['trust revoke', 'key new'],
  run: async (context, { old, key, reason, out }) => {
    const load = (source: string) => loadPublicKey({ source, env: context.env });
    return makeChange(context, {
      changes: [{ op: 'rotate-key', old: await load(old), key: await load(key), reason }],
      out,
    });
  },
});
