import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'key',
  summary: 'signing keys',
  description: 'Ed25519 keys: own key files, OpenSSH keys, and those that ssh-agent holds.',
  commands: [
    { name: 'new', summary: 'make a signing key', load: () => import('./new.js') },
    { name: 'list', summary: 'list keys that could sign', load: () => import('./list.js') },
    { name: 'show', summary: 'print a public key', load: () => import('./show.js') },
  ],
});
