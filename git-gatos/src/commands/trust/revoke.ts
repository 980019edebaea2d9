import { loadPublicKey } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';
import { makeChange, OUT_OPTION } from './change.js';

export const command = defineCommand({
  name: 'revoke',
  summary: 'take a key its voice',
  description: `
From this change on signatures by the key no longer count. What it signed before still does, unless \`--since\` says from which place in history
the key is to be mistrusted (\`git gatos log --json\` shows the \`clock\` of each event): "compromised since".
`,
  positionals: [{ name: 'key', kind: 'text', summary: 'ed25519:…, or what else names a key', complete: 'keys' }],
  options: {
    reason: { kind: 'text', required: true, placeholder: 'TEXT', summary: 'why' },
    since: { kind: 'int', min: 0, placeholder: 'CLOCK', summary: 'first place in history that no longer counts' },
    out: OUT_OPTION,
  },
  examples: [
    {
      command: 'git gatos trust revoke ed25519:… --reason "laptop lost" --since 4711',
      note: 'mistrust it from place 4711 on',
    },
  ],
  exits: ['no', 'untrusted', 'conflict'],
  seeAlso: ['trust rotate', 'trust show'],
  run: async (context, { key, reason, since, out }) => {
    const bytes = await loadPublicKey({ source: key, env: context.env });
    return makeChange(context, {
      changes: [{ op: 'revoke-key', key: bytes, reason, ...(since === undefined ? {} : { since }) }],
      out,
    });
  },
});
