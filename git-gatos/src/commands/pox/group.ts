import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'pox',
  summary: 'publish experiments as proofs that strangers check and repeat',
  description: `
An experiment is a set of jobs that were run, the states that they rest on, and the policy that was in force, as one signed Proof-of-Experiment. Its
id is all that another person needs: \`git gatos verify ID\` and \`git gatos reproduce ID\`.
`,
  commands: [
    { name: 'create', summary: 'make an experiment of what was run', load: () => import('./create.js') },
    { name: 'list', summary: 'list the experiments here', load: () => import('./list.js') },
    { name: 'show', summary: 'show what an experiment is made of', load: () => import('./show.js') },
    { name: 'verify', summary: 'check an experiment with all that it rests on', load: () => import('./verify.js') },
    { name: 'diff', summary: 'say in what two experiments differ', load: () => import('./diff.js') },
    { name: 'cite', summary: 'print how to cite an experiment', load: () => import('./cite.js') },
    { name: 'export', summary: 'write an experiment in a form that others read', load: () => import('./export.js') },
  ],
});
