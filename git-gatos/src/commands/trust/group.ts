import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'trust',
  summary: 'who may speak here',
  description: `
The trust chain names principals, their keys, groups, and the roots whose threshold every change needs. With a threshold above one, a change is
saved with \`--out\`, signed by the others with \`trust sign\`, and made law with \`trust apply\`.
`,
  commands: [
    { name: 'show', summary: 'who may speak here, and who may change that', load: () => import('./show.js') },
    { name: 'add', summary: 'let a key speak for an actor', load: () => import('./add.js') },
    { name: 'rotate', summary: 'replace a key by another', load: () => import('./rotate.js') },
    { name: 'revoke', summary: 'take a key its voice', load: () => import('./revoke.js') },
    { name: 'set-group', summary: 'say who is in a group', load: () => import('./set-group.js') },
    { name: 'set-roots', summary: 'say who may change trust', load: () => import('./set-roots.js') },
    { name: 'sign', summary: 'sign a saved change', load: () => import('./sign.js') },
    { name: 'apply', summary: 'make a saved change law', load: () => import('./apply.js') },
    { name: 'export', summary: 'print keys for other tools', load: () => import('./export.js') },
  ],
});
