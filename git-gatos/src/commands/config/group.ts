import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'config',
  summary: 'settings of this clone',
  description: 'Settings live beside the git directory and override those of the person.',
  commands: [
    { name: 'get', summary: 'print one setting', load: () => import('./get.js') },
    { name: 'set', summary: 'set one setting', load: () => import('./set.js') },
    { name: 'list', summary: 'print all settings', load: () => import('./list.js') },
  ],
});
