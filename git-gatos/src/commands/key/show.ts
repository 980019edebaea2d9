import { formatFingerprint, formatKey, formatPem, formatSshKey } from 'gatos-core';
import { loadPublicKey } from 'gatos-core/node';
import { settingsError } from 'gatosd';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'show',
  summary: 'print a public key',
  description: 'Prints the public half of a key: the one in force here, or the one named. Needs no passphrase.',
  positionals: [
    {
      name: 'key',
      kind: 'text',
      optional: true,
      summary: 'a name, a path, agent:SHA256:…; default: the one set',
      complete: 'keys',
    },
  ],
  options: {
    pem: { kind: 'flag', summary: 'as PEM (SubjectPublicKeyInfo), for openssl' },
    ssh: { kind: 'flag', summary: 'as a line of OpenSSH' },
  },
  examples: [{ command: 'git gatos key show --pem', note: 'to verify an exported envelope with openssl' }],
  exits: ['missing', 'unchecked'],
  seeAlso: ['key list', 'trust export'],
  run: async (context, { key: source, pem, ssh }) => {
    const named = source ?? (await context.openRepository()).settings.key;
    if (named === undefined) throw settingsError('no-author', {});
    const key = await loadPublicKey({ source: named, env: context.env });
    const forms = {
      key: formatKey(key),
      fingerprint: formatFingerprint(key),
      pem: formatPem(key),
      ssh: formatSshKey(key),
    };
    const text = pem ? forms.pem.trimEnd() : ssh ? forms.ssh : [forms.key, forms.fingerprint];
    return { value: { source: named, ...forms }, text };
  },
});
