import { formatFingerprint, formatKey } from 'gatos-core';
import { createOwnKey } from 'gatos-core/node';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'new',
  summary: 'make a signing key',
  description: `
Makes an Ed25519 key in your key folder, readable by you alone. With \`--passphrase\` it is sealed, and asked for when it signs. An existing key
is never overwritten.
`,
  positionals: [{ name: 'name', kind: 'text', summary: 'name of the key, such as laptop' }],
  options: { passphrase: { kind: 'flag', summary: 'seal it with a passphrase, asked on the terminal' } },
  examples: [{ command: 'git gatos key new laptop --passphrase', note: 'a sealed key' }],
  exits: ['no', 'conflict', 'temporary'],
  seeAlso: ['key list', 'config set', 'trust add'],
  run: async ({ env, prompt }, { name, passphrase }) => {
    const secret = passphrase ? await prompt.passphrase(`a passphrase for key ${name}`, { confirm: true }) : null;
    const made = await createOwnKey({ name, passphrase: secret, env });
    const key = formatKey(made.key);
    return {
      value: { name, path: made.path, key, fingerprint: formatFingerprint(made.key), sealed: made.sealed },
      text: [`made ${made.path}`, key],
      next: [
        `sign with it here: git gatos config set key ${name}`,
        `let a root add it: git gatos trust add ACTOR ${key}`,
      ],
    };
  },
});
