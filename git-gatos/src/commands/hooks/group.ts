import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'hooks',
  summary: 'put the gate in front of a repository, or take it away',
  description: `
A hook that is there already is kept and called first, with the same arguments and input; both must pass. \`core.hooksPath\` is honoured, and uninstalling puts back the very
file that was there.
`,
  commands: [
    { name: 'install', summary: 'put the gate in place', load: () => import('./install.js') },
    { name: 'uninstall', summary: 'take the gate away', load: () => import('./uninstall.js') },
  ],
});
